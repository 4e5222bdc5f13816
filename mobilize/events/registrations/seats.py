"""Seats of an event's room, counted under the lock of the event's row: held + offered + free are its capacity."""

from __future__ import annotations

from datetime import datetime

from mobilize.core import clock
from mobilize.core.db import session
from mobilize.events.models import Attendance, Event
from mobilize.events.registrations.models import Registration, RegistrationForm
from mobilize.events.registrations.queries import form_of, held_seats
from mobilize.events.registrations.rules import has_seat


def lock(event: Event) -> None:
    """Whoever counts or takes seats of an event waits for whoever does; SQLite has one writer anyway."""
    session.flush()  # Refreshing would forget what was changed and not written yet.
    session.refresh(event, with_for_update=True)


def is_free(event: Event, attendance: Attendance, party: int, but: Registration | None = None) -> bool:
    """Whether so many seats are free; those of the registration ``but`` count as free."""
    form = form_of(event.id)
    held = held_seats(event.id, clock.now(), but=but.id if but is not None else 0)
    return form is not None and has_seat(form.capacity, held, attendance, party)


def free_seats(event: Event, form: RegistrationForm, now: datetime) -> int | None:
    """How many seats of the room nobody has and nobody is offered; None: there is no limit."""
    return None if form.capacity is None else max(0, form.capacity - held_seats(event.id, now))
