"""Who is not to be mailed: stopping a person's mail, the list of addresses held back, its files and its page.

service: suppress, revoke_for (in the caller's commit) -> listing, views (staff)   files: import and export
"""
