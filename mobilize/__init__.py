"""Mobilize: newsletters and campaign mobilisation for organisations whose readers may be watched.

A visitor's form -> forms -> service -> rows (one transaction) -> doorbell -> worker -> ledger -> SMTP.
The SQL database holds the truth; Redis carries wake-ups and counters only. See ``docs/architecture.md``.
"""
