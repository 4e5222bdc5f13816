"""Organisations: their brand, the addresses they send from and the keys that sign for those domains.

create_organisation -> Organisation + default SendingIdentity + DkimKey of its domain
mails and pages     -> queries.brand, queries.default_sender, queries.signing_key (frozen values, never rows)
/studio/<org>/settings/ -> forms -> service (rules, rows, audit); keys, DNS and servers: ``delivery.outgoing``
"""
