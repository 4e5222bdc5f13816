"""The Message-ID of one copy (RFC 5322, 3.6.4), by which a mail server's log and a bounce name it."""

from __future__ import annotations

import hashlib


def message_id_of(message_uid: str, delivery_id: int, domain: str) -> str:
    """The same for every attempt of one row, and telling nothing about whom it is for."""
    digest = hashlib.sha256(f"message-id|{message_uid}|{delivery_id}".encode()).hexdigest()
    return f"{digest[:32]}@{domain}"
