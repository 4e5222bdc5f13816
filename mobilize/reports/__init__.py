"""What became of mailings, in aggregate: never who read or clicked what.

ledger groups and reasons + clicks a link (scanners included) + consents withdrawn after it -> queries -> views
"""
