"""What a phone at the door needs to decide without a network: hashes of tickets, short names, and until when."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from mobilize.core.db import session
from mobilize.events.door.queries import entered, short_name
from mobilize.events.door.rules import verdict
from mobilize.events.models import Event
from mobilize.events.registrations.models import Registration

LIFETIME = timedelta(hours=12)


def snapshot(event: Event, now: datetime) -> dict[str, Any]:
    """``tickets``: hash in hexadecimal -> short name and verdict; ``until`` in seconds since 1970."""
    wanted = select(Registration).where(Registration.event_id == event.id, Registration.ticket_hash.is_not(None))
    rows = session.scalars(wanted.order_by(Registration.id)).all()
    inside = entered([row.id for row in rows])
    tickets = {
        row.ticket_hash.hex(): [
            short_name(row),
            verdict(row.state, row.attendance, is_inside=row.id in inside).value,
        ]
        for row in rows
        if row.ticket_hash is not None
    }
    return {"until": int((now + LIFETIME).timestamp()), "tickets": tickets}
