"""Who agreed to what: lists, subscriptions, the consent ledger, preferences, leaving, and imports.

sign-up | import | staff -> service.subscribe -> subscription row + consent row (append-only)
/u/ unsubscribe | leaving_by_mail | /p/ preferences | staff -> service.leave
-> subscription first, then the ledger's pending rows
leaving everything also writes a withdrawal: imports and staff cannot undo it, a confirmed sign-up can
sheets (CSV, XLSX) -> importing (1,000 rows a step) -> created, updated, unchanged, suppressed, rejected
"""
