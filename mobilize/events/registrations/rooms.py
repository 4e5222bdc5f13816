"""What visitors are told of an event's room before they register: full, with a waiting list, or a stream beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mobilize.core.i18n import _
from mobilize.events.models import Attendance, Event
from mobilize.events.registrations.models import RegistrationForm
from mobilize.events.registrations.queries import held_seats
from mobilize.events.registrations.rules import can_wait, choices, has_seat


@dataclass(frozen=True)
class Room:
    """``waits``: who asks for it goes on its list; ``is_all``: there is no stream."""

    is_full: bool
    waits: bool
    is_all: bool

    @property
    def is_shut(self) -> bool:
        """Whether nobody can register in any way until somebody leaves."""
        return self.is_full and self.is_all and not self.waits

    @property
    def hint(self) -> str:
        """What stands beside the room where visitors choose between it and the stream."""
        return _("The room is full: you go on its waiting list.") if self.waits else _("The room is full.")

    @property
    def words(self) -> str:
        """What stands beside the button that leads to the form; empty while there are seats."""
        if not self.is_full:
            return ""
        if self.is_all:
            return _("All seats are taken. You can join the waiting list.") if self.waits else _("All seats are taken.")
        if self.waits:
            return _("The room is full. You can take part online, or join the waiting list.")
        return _("The room is full. You can take part online.")

    @property
    def action(self) -> str:
        """What stands on the button."""
        return _("Join the waiting list") if self.is_full and self.waits and self.is_all else _("Register")


def room_of(event: Event, form: RegistrationForm | None, now: datetime, party: int = 1) -> Room:
    """The room as it is for somebody who comes with ``party`` people, themselves among them."""
    offered = choices(event)
    capacity = form.capacity if form is not None else None
    held = held_seats(event.id, now)
    has_room = Attendance.VENUE not in offered or has_seat(capacity, held, Attendance.VENUE, party)
    waits = form is not None and not has_room and can_wait(form, party)
    return Room(is_full=not has_room, waits=waits, is_all=Attendance.ONLINE not in offered)
