"""What may become of an event. Decisions only: no I/O, no clock."""

from __future__ import annotations

from datetime import datetime

from mobilize.core.errors import Conflict
from mobilize.core.i18n import _
from mobilize.events.models import Event, EventStatus

OFF = frozenset({EventStatus.CANCELLED, EventStatus.POSTPONED})
"""What is in no calendar of those to come."""


def require_changeable(status: EventStatus) -> None:
    """Raises Conflict: the event is cancelled; that is final, because people have been told."""
    if status is EventStatus.CANCELLED:
        raise Conflict(_("This event is cancelled. Make a new one instead"))


def require_ahead(*, is_over: bool) -> None:
    """Raises Conflict: the event is over."""
    if is_over:
        raise Conflict(_("This event is over"))


def is_ahead(event: Event, now: datetime) -> bool:
    """Whether people can still come to it: neither off nor over."""
    return event.status not in OFF and not event.is_over(now)


def moved(status: EventStatus) -> EventStatus:
    """The status with another moment: online stays online, whatever else is said of it."""
    return EventStatus.MOVED_ONLINE if status is EventStatus.MOVED_ONLINE else EventStatus.RESCHEDULED
