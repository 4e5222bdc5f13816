"""What comes back to a return path: read, matched to its delivery by the token alone, and given its one effect.

receiver (SMTP, LMTP) | command (files) -> mailboxes: ours, and those of upper features (leaving by mail)
-> parts (bounded) -> reading: dsn | arf | automatic | freetext -> Report
Report + envelope recipient -> naming (token -> delivery) -> service: Return row, suppression, storm -> commit -> 250
Forged, altered and stale ones change nothing and are counted; a report that comes twice has one effect.
"""
