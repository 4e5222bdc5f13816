"""The engine: one ledger row a mail, claimed, rendered, signed, sent and recorded by workers.

service.send | messages.open_message -> add_page -> close_message      rows in the ledger, doorbell
worker.drain: claim -> render (Contents compiled once) -> sign -> window `attempting` -> SMTP -> record
suppression.suppress, revoke_for | messages.revoke, pause, cancel      stop rows in the caller's commit
upkeep: leases of dead workers, finished messages, streams with due rows, clicks
"""
