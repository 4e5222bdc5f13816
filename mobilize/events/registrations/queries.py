"""Reads: registrations of one event."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, or_, select

from mobilize.core.db import session
from mobilize.core.errors import NotFound
from mobilize.core.text import masked_address
from mobilize.delivery.models import Recipient
from mobilize.delivery.recipients import contact_of
from mobilize.events.models import Attendance, Event
from mobilize.events.registrations.models import Registration, RegistrationForm, RegistrationState
from mobilize.events.registrations.rules import HOLDS_A_SEAT

PAGE = 100


@dataclass(frozen=True)
class Registrant:
    """Somebody on the organiser's list; ``masked`` is enough of the address to tell people without a name apart."""

    row: Registration
    name: str
    masked: str


def form_of(event_id: int) -> RegistrationForm | None:
    """How people register for an event; None if nobody does."""
    return session.scalar(select(RegistrationForm).where(RegistrationForm.event_id == event_id))


def registration_of(event_id: int, recipient_id: int) -> Registration | None:
    wanted = select(Registration).where(Registration.event_id == event_id, Registration.recipient_id == recipient_id)
    return session.scalar(wanted)


def registration_by_uid(event_id: int, uid: str) -> Registration:
    """Raises NotFound: the event has no such registration."""
    found = session.scalar(select(Registration).where(Registration.event_id == event_id, Registration.uid == uid))
    if found is None:
        raise NotFound("registration")
    return found


def held_seats(event_id: int, now: datetime, but: int = 0) -> int:
    """Seats of the room that somebody has or may still take; ``but`` is a registration that does not count."""
    waits = or_(Registration.state == RegistrationState.REGISTERED, Registration.held_until > now)
    held = select(func.coalesce(func.sum(Registration.party), 0)).where(
        Registration.event_id == event_id,
        Registration.id != but,
        Registration.attendance != Attendance.ONLINE,
        Registration.state.in_(HOLDS_A_SEAT),
        waits,
    )
    return int(session.scalar(held) or 0)


def counts(event_id: int) -> Mapping[RegistrationState, int]:
    """How many registrations an event has in each state."""
    grouped = select(Registration.state, func.count()).where(Registration.event_id == event_id)
    found = dict(session.execute(grouped.group_by(Registration.state)).all())
    return {state: found.get(state, 0) for state in RegistrationState}


def people(event_id: int, states: Collection[RegistrationState]) -> Sequence[Registration]:
    """The registrations in these states, the earliest first."""
    wanted = select(Registration).where(Registration.event_id == event_id, Registration.state.in_(states))
    return session.scalars(wanted.order_by(Registration.id)).all()


def registrant(row: Registration) -> Registrant:
    """The person of a registration."""
    return registrant_of(row, session.get_one(Recipient, row.recipient_id))


def registrations_of(recipient_ids: Sequence[int]) -> Sequence[tuple[Registration, Event]]:
    """What these recipients are registered for, the earliest first."""
    wanted = select(Registration, Event).join(Event, Event.id == Registration.event_id)
    wanted = wanted.where(Registration.recipient_id.in_(recipient_ids)).order_by(Registration.id)
    return session.execute(wanted).all()


def last_sequence(event_id: int) -> int:
    """The highest sequence of a calendar entry that anybody was mailed; -1 if nobody was."""
    found = session.scalar(select(func.max(Registration.sequence)).where(Registration.event_id == event_id))
    return -1 if found is None else found


def ended_holds(now: datetime) -> Select[int]:
    """Events with seats that nobody confirmed or took in time."""
    holds = (RegistrationState.PENDING, RegistrationState.OFFERED)
    return select(Registration.event_id).where(Registration.state.in_(holds), Registration.held_until <= now).distinct()


def forms_with_people(now: datetime) -> list[tuple[RegistrationForm, Event]]:
    """Forms whose events are over and still hold people."""
    has_people = select(Registration.id).where(Registration.event_id == Event.id).exists()
    wanted = select(RegistrationForm, Event).join(Event, Event.id == RegistrationForm.event_id)
    found = session.execute(wanted.where(Event.starts_at < now, has_people))
    return [(form, event) for form, event in found if event.when.is_over(now)]


def registrant_of(row: Registration, recipient: Recipient) -> Registrant:
    """The person of a registration, whose recipient was read with it."""
    contact = contact_of(recipient)
    return Registrant(
        row, " ".join(part for part in (contact.first_name, contact.last_name) if part), masked_address(contact.email)
    )
