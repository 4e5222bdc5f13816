"""Reads: the door of one event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from mobilize.core.db import session
from mobilize.core.errors import NotFound
from mobilize.core.text import masked_address
from mobilize.delivery.models import Recipient
from mobilize.delivery.recipients import contact_of
from mobilize.events.models import Attendance, Event
from mobilize.events.registrations.models import DoorLink, DoorScan, Registration, RegistrationState
from mobilize.events.registrations.ticket_rules import hashed

MOST_EVENTS = 500
"""Among which a foreign ticket is looked for."""


@dataclass(frozen=True)
class Counts:
    """How many are inside with a ticket, how many came without one, and how many are expected in the room."""

    with_ticket: int
    walk_ins: int
    expected: int

    @property
    def inside(self) -> int:
        return self.with_ticket + self.walk_ins


def door_links(event_id: int) -> Sequence[DoorLink]:
    """Every link of an event's door, the earliest first."""
    return session.scalars(select(DoorLink).where(DoorLink.event_id == event_id).order_by(DoorLink.id)).all()


def door_link(event_id: int, uid: str) -> DoorLink:
    """Raises NotFound: the event has no such link."""
    found = session.scalar(select(DoorLink).where(DoorLink.event_id == event_id, DoorLink.uid == uid))
    if found is None:
        raise NotFound("door link")
    return found


def scan_by_nonce(event_id: int, nonce: str) -> DoorScan | None:
    """What a phone's act did, if it arrived before."""
    return session.scalar(select(DoorScan).where(DoorScan.event_id == event_id, DoorScan.nonce == nonce))


def ticket(event: Event, code: str) -> Registration | None:
    """The registration whose ticket has this code."""
    wanted = select(Registration).where(
        Registration.event_id == event.id, Registration.ticket_hash == hashed(event.uid, code)
    )
    return session.scalar(wanted)


def event_of_ticket(event: Event, code: str) -> Event | None:
    """Another event of the organisation whose ticket has this code."""
    others = select(Event).where(Event.organisation_id == event.organisation_id, Event.id != event.id)
    newest = session.scalars(others.order_by(Event.id.desc()).limit(MOST_EVENTS))
    by_hash = {hashed(one.uid, code): one for one in newest}
    wanted = select(Registration.ticket_hash).where(Registration.ticket_hash.in_(list(by_hash)))
    found = session.scalars(wanted.limit(1)).first()
    return by_hash[found] if found is not None else None


def entered_at(registration_id: int) -> datetime | None:
    """When somebody came in; None if they did not."""
    wanted = select(DoorScan.scanned_at).where(
        DoorScan.registration_id == registration_id, DoorScan.undone_at.is_(None)
    )
    return session.scalars(wanted.limit(1)).first()


def entered(registration_ids: Sequence[int]) -> Mapping[int, datetime]:
    """Registration id -> when that person came in, for those who did."""
    wanted = select(DoorScan.registration_id, DoorScan.scanned_at).where(
        DoorScan.registration_id.in_(registration_ids), DoorScan.undone_at.is_(None)
    )
    return {row: at for row, at in session.execute(wanted) if row is not None}


def attended(registration_ids: Sequence[int]) -> int:
    """How many of these came in, for the sums that stay when an event's people are forgotten."""
    return len(entered(registration_ids))


def counts(event_id: int) -> Counts:
    """How full the room is, in people: a ticket is for a whole party."""
    inside = (DoorScan.event_id == event_id, DoorScan.undone_at.is_(None))
    parties = select(func.sum(Registration.party)).join(DoorScan, DoorScan.registration_id == Registration.id)
    walk_ins = select(func.count()).where(*inside, DoorScan.registration_id.is_(None))
    expected = select(func.sum(Registration.party)).where(
        Registration.event_id == event_id,
        Registration.state == RegistrationState.REGISTERED,
        Registration.attendance != Attendance.ONLINE,
    )
    return Counts(*(int(session.scalar(one) or 0) for one in (parties.where(*inside), walk_ins, expected)))


def short_name(row: Registration) -> str:
    """Enough for a steward to greet somebody: the first name and an initial, else a masked address; "+2" of three."""
    contact = contact_of(session.get_one(Recipient, row.recipient_id))
    initial = f"{contact.last_name[:1]}." if contact.last_name else ""
    name = " ".join(part for part in (contact.first_name, initial) if part) or masked_address(contact.email)
    return f"{name} +{row.party - 1}" if row.party > 1 else name
