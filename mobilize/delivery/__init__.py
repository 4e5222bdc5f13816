"""The engine: one ledger row a mail, claimed, rendered, signed, sent and recorded by workers.

service.send | messages.open_message -> add_page -> close_message      rows in the ledger, doorbell
sending: claim -> render (composing, mime: compiled once) -> sign -> smtp -> window `attempting` -> bodies -> record
suppression.suppress, revoke_for | messages.revoke, pause, cancel      stop rows in the caller's commit
bounces: what comes back later     rates: how fast     outgoing: what owners set     queries: what the ledger says
"""
