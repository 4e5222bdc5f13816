"""A person across features: found by their whole address, shown, exported, erased; and what is kept until when.

address -> queries -> the recipients of one mailbox -> every feature's ``personal_data`` -> page, export (JSON, HTML)
"""
