"""When somebody can register. Decisions only: no I/O, no clock."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from mobilize.events.models import Attendance, Event
from mobilize.events.registrations.models import RegistrationForm, RegistrationState
from mobilize.events.rules import OFF

HOLDS_A_SEAT = (RegistrationState.PENDING, RegistrationState.REGISTERED)


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


def has_seat(capacity: int | None, held: int, attendance: Attendance) -> bool:
    """Whether one more can be taken; ``held`` are the seats of the room that somebody has or is offered."""
    return attendance is Attendance.ONLINE or capacity is None or held < capacity
