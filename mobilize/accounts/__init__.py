"""People who work here: how they sign in, what they may do in which organisation, and who invites whom.

POST login -> limits -> argon2 -> LoginSession row + random cookie -> identify (each request) -> Member -> guard
invite -> Invitation + mail through the ledger -> accept (once, with a password) -> User, Membership
reset  -> mail through the ledger -> new password -> every session ends, older links are spoiled
Demonstration accounts are admitted only while the embedded inbox runs and the request came to loopback.
"""
