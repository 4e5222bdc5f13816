"""When somebody can register, and whom a free seat is offered to. Decisions only: no I/O, no clock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from mobilize.events.models import Attendance, Event
from mobilize.events.registrations.models import RegistrationForm, RegistrationState
from mobilize.events.rules import OFF

HOLDS_A_SEAT = (RegistrationState.PENDING, RegistrationState.REGISTERED, RegistrationState.OFFERED)
WAITS = (RegistrationState.WAITING, RegistrationState.OFFERED)
"""Who asked for the room when it was full, and was told so."""
CAN_END = (*HOLDS_A_SEAT, RegistrationState.WAITING)
"""What somebody can leave, and be taken off."""


class Door(StrEnum):
    """What the registration form of an event says to a visitor."""

    OPEN = "open"
    NONE = "none"
    NOT_YET = "not_yet"
    CLOSED = "closed"


def door(event: Event, form: RegistrationForm | None, now: datetime) -> Door:
    """Whether visitors can register now, apart from the seats."""
    if form is None or not form.is_open:
        return Door.NONE
    ended = event.status in OFF or event.is_over(now) or (form.closes_at is not None and form.closes_at <= now)
    if event.published_at is None or ended:
        return Door.CLOSED
    return Door.NOT_YET if form.opens_at is not None and form.opens_at > now else Door.OPEN


def choices(event: Event) -> tuple[Attendance, ...]:
    """How a registrant can take part."""
    both = (Attendance.VENUE, Attendance.ONLINE)
    return both if event.attendance is Attendance.BOTH else (event.attendance,)


def has_seat(capacity: int | None, held: int, attendance: Attendance, party: int = 1) -> bool:
    """Whether so many more can be taken; ``held`` are the seats of the room that somebody has or is offered."""
    return attendance is Attendance.ONLINE or capacity is None or held + party <= capacity


def can_wait(form: RegistrationForm, party: int) -> bool:
    """Whether so many people can wait together: the room, were it empty, has seats for them."""
    return form.has_waiting_list and form.capacity is not None and party <= form.capacity


class NoOffers(StrEnum):
    """Why no free seat of an event is offered to anybody now."""

    CLOSED = "closed"
    TOO_LATE = "too_late"
    NO_ROOM = "no_room"


def no_offers(event: Event, form: RegistrationForm | None, now: datetime) -> NoOffers | None:
    """Why seats are not offered; None: they are, while visitors can register and until some hours before the start."""
    if form is None or door(event, form, now) is not Door.OPEN:
        return NoOffers.CLOSED
    if Attendance.VENUE not in choices(event):
        return NoOffers.NO_ROOM
    is_late = event.starts_at is not None and event.starts_at - timedelta(hours=form.offer_stop_hours) <= now
    return NoOffers.TOO_LATE if is_late else None


def offer_until(event: Event, form: RegistrationForm, now: datetime) -> datetime:
    """When an offer made now ends: after the form's hours, or sooner, when registration closes or the event starts."""
    ends = (now + timedelta(hours=form.offer_hours), form.closes_at, event.starts_at)
    return min(moment for moment in ends if moment is not None)


class PassedOver(StrEnum):
    """Why somebody who waits is offered no seat while there are free ones."""

    NOT_MAILABLE = "not_mailable"
    TOO_LARGE = "too_large"


@dataclass(frozen=True)
class Waits:
    """Somebody on the waiting list, as far as offers depend on it."""

    registration_id: int
    party: int
    is_mailable: bool


def passed_over(who: Waits, free: int | None) -> PassedOver | None:
    """Why somebody gets none of the free seats, ``None`` of which: there is room for everybody."""
    if not who.is_mailable:
        return PassedOver.NOT_MAILABLE
    return PassedOver.TOO_LARGE if free is not None and who.party > free else None


def offered(queue: Iterable[Waits], free: int | None) -> Iterator[int]:
    """To whom the free seats are offered, in the order in which they wait; parties whole or not at all."""
    for who in queue:
        if free is not None and free <= 0:
            return
        if passed_over(who, free) is None:
            yield who.registration_id
            free = None if free is None else free - who.party
