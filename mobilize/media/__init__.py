"""Pictures: taken in once, served for ever under the hash of their bytes.

upload or file -> encoding.clean_picture (decoded, turned upright, re-encoded: no metadata survives)
               -> service.store_picture (media_dir/<hash>.<ext> by rename, outside any transaction)
               -> service.add_picture (row)
mail, page     -> /media/<name> (immutable, nothing else is served from that folder)
"""
