"""The dev inbox: a real SMTP server on loopback and the pages on which its mail is read.

worker -> SMTP on 127.0.0.1 -> receiver -> one file a mail in ``var/inbox`` (newest 5,000 kept)
browser -> /inbox/ -> store (reads the same files) -> reading (MIME parts) -> sandboxed frame
Reachable only while BIND, BASE_URL and the request's Host are loopback and no SMTP server is set.
"""
