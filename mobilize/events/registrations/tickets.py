"""Tickets of the room: a code that our key signed, mailed as a QR picture and as letters to type. Nothing here commits.

The code is made anew whenever a mail needs it and is kept nowhere but sealed in that mail; a registration holds its
hash. It stands in no calendar entry: people share calendars.
"""

from __future__ import annotations

import hmac

from mobilize.core import crypto
from mobilize.core.keys import Secret
from mobilize.events.models import Attendance, Event
from mobilize.events.registrations.models import Registration
from mobilize.events.registrations.ticket_rules import hashed, shown, spelled


def ticket_of(row: Registration, event: Event) -> str:
    """The code of a ticket as it is shown, empty for whoever takes part online; notes the hash of a new one."""
    if row.attendance is Attendance.ONLINE:
        return ""
    known = known_ticket(row, event)
    if not known:
        code = _code(crypto.keyring().current, row)
        row.ticket_hash, known = hashed(event.uid, code), shown(code)
    return known


def known_ticket(row: Registration, event: Event) -> str:
    """The code that was mailed, as it is shown; an earlier key still gives it. Empty where none was mailed."""
    codes = (_code(secret, row) for secret in crypto.keyring().secrets)
    return next((shown(code) for code in codes if hashed(event.uid, code) == row.ticket_hash), "")


def _code(secret: Secret, row: Registration) -> str:
    return spelled(hmac.digest(secret.derived(b"tickets"), row.uid.encode(), "sha256"))
