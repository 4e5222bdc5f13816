"""Pictures: taken in once, served for ever under the hash of their bytes.

upload or file -> encoding.clean_picture (decoded, turned upright, re-encoded: no metadata survives)
               -> service.add_picture (row, then media_dir/<hash>.<ext> by rename)
mail, page     -> /media/<name> (immutable, nothing else is served from that folder)
"""
