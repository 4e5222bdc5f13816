"""Reads: who waits for a seat of an event's room, in the order in which they confirmed, and who is passed over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from mobilize.core import clock
from mobilize.core.db import session
from mobilize.delivery.models import BasisKind, Recipient, Stream, Suppression, SuppressionReason
from mobilize.delivery.rules import blocks
from mobilize.events.models import Attendance, Event
from mobilize.events.registrations.models import Registration, RegistrationForm, RegistrationState
from mobilize.events.registrations.queries import PAGE, Registrant, form_of, registrant_of, registration_by_uid
from mobilize.events.registrations.rules import Door, PassedOver, Waits, choices, door, no_offers, offered, passed_over
from mobilize.events.registrations.seats import free_seats

ORDER = (Registration.waiting_since, Registration.id)


@dataclass(frozen=True)
class InLine:
    """Somebody on the organiser's view of the list; ``why`` they would be passed over now."""

    who: Registrant
    position: int
    why: PassedOver | None


def queue(event_id: int, free: int | None) -> Iterator[Waits]:
    """Who waits, the first first; parties that are larger than ``free`` are left out."""
    wanted = _in_line(event_id)
    if free is not None:
        wanted = wanted.where(Registration.party <= free)
    for row, _recipient, reason in session.execute(wanted):
        yield _waits(row, reason)


def next_in_line(event: Event, form: RegistrationForm, now: datetime) -> list[int]:
    """The registrations to which seats are to be offered now, by id."""
    if no_offers(event, form, now) is not None:
        return []
    free = free_seats(event, form, now)
    return [] if free == 0 else [*offered(queue(event.id, free), free)]


def in_line(event: Event, form: RegistrationForm, *, after: str = "") -> list[InLine]:
    """A page of those who wait, and one more if there is one; ``after`` is the uid of the last one seen."""
    wanted, before = _in_line(event.id), 0
    if after:
        last = registration_by_uid(event.id, after)
        wanted, before = wanted.where(_is_behind(last)), position(last)
    free = free_seats(event, form, clock.now())
    return [
        InLine(registrant_of(row, recipient), before + number, passed_over(_waits(row, reason), free))
        for number, (row, recipient, reason) in enumerate(session.execute(wanted.limit(PAGE + 1)), 1)
    ]


def with_offers(event_id: int) -> list[Registrant]:
    """Who is offered a seat now, the earliest end first."""
    wanted = select(Registration, Recipient).join(Recipient, Recipient.id == Registration.recipient_id)
    wanted = wanted.where(Registration.event_id == event_id, Registration.state == RegistrationState.OFFERED)
    found = session.execute(wanted.order_by(Registration.held_until, Registration.id).limit(PAGE))
    return [registrant_of(row, recipient) for row, recipient in found]


def position(row: Registration) -> int:
    """The place of somebody who waits; the first has 1."""
    waits = and_(Registration.event_id == row.event_id, Registration.state == RegistrationState.WAITING)
    ahead = session.scalar(select(func.count()).where(waits, ~_is_behind(row), Registration.id != row.id))
    return (ahead or 0) + 1


def events_to_offer(now: datetime) -> list[int]:
    """Events with a free seat for somebody who waits, by id."""
    with_waiting = select(Registration.event_id).where(Registration.state == RegistrationState.WAITING)
    events = session.scalars(select(Event).where(Event.id.in_(with_waiting)))
    return [event.id for event in events if (form := form_of(event.id)) and next_in_line(event, form, now)]


def can_take_now(row: Registration, event: Event) -> bool:
    """Whether somebody who waits can take seats at once: near the start free ones are offered to nobody."""
    form = form_of(event.id)
    if form is None or row.state is not RegistrationState.WAITING or not is_open(event, form):
        return False
    free = free_seats(event, form, clock.now())
    return free is None or row.party <= free


def is_open(event: Event, form: RegistrationForm) -> bool:
    """Whether visitors could register in the room now."""
    return door(event, form, clock.now()) is Door.OPEN and Attendance.VENUE in choices(event)


def _in_line(event_id: int) -> Select[Registration, Recipient, SuppressionReason | None]:
    same = (Suppression.organisation_id == Recipient.organisation_id) & (
        Suppression.address_index == Recipient.address_index
    )
    return (
        select(Registration, Recipient, Suppression.reason)
        .join(Recipient, Recipient.id == Registration.recipient_id)
        .outerjoin(Suppression, same)
        .where(Registration.event_id == event_id, Registration.state == RegistrationState.WAITING)
        .order_by(*ORDER)
    )


def _is_behind(row: Registration) -> ColumnElement[bool]:
    same_moment = and_(Registration.waiting_since == row.waiting_since, Registration.id > row.id)
    return or_(Registration.waiting_since > row.waiting_since, same_moment)


def _waits(row: Registration, reason: SuppressionReason | None) -> Waits:
    held_back = reason is not None and blocks(reason, BasisKind.REGISTRATION, Stream.TRANSACTIONAL, person_asked=False)
    return Waits(row.id, row.party, not held_back)
