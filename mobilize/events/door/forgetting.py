"""What is left of a door when an event's people are forgotten. Nothing here commits."""

from __future__ import annotations

from sqlalchemy import delete, func, select

from mobilize.core.db import session
from mobilize.events.registrations.models import DoorLink, DoorScan


def forget_door(event_id: int) -> int:
    """Delete an event's links, whose labels may name stewards, and its scans; how many came without a ticket."""
    walk_ins = select(func.count()).where(
        DoorScan.event_id == event_id, DoorScan.registration_id.is_(None), DoorScan.undone_at.is_(None)
    )
    found = session.scalar(walk_ins) or 0
    session.execute(delete(DoorScan).where(DoorScan.event_id == event_id))
    session.execute(delete(DoorLink).where(DoorLink.event_id == event_id))
    return found
