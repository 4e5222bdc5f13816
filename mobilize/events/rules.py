"""What may become of an event. Decisions only: no I/O, no clock."""

from __future__ import annotations

from datetime import datetime, timedelta

from mobilize.core.errors import Conflict
from mobilize.core.i18n import _
from mobilize.core.when import first_instant
from mobilize.events.models import Event, EventStatus

OFF = frozenset({EventStatus.CANCELLED, EventStatus.POSTPONED})
"""What is in no calendar of those to come."""
STREAM_BEFORE = timedelta(hours=2)
"""How long before the start the usual last reminder leaves."""


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


def gives_stream(event: Event, now: datetime) -> bool:
    """Whether who registers now gets the stream's link at once: reminders that carried it have left by then.

    From the beginning of its first local day, or some hours before it starts, until it is over.
    """
    first_day, starts_at = event.when.first_day, event.starts_at
    if not is_ahead(event, now) or first_day is None or starts_at is None:
        return False
    return min(first_instant(first_day, event.timezone), starts_at - STREAM_BEFORE) <= now


def moved(status: EventStatus, *, had_date: bool) -> EventStatus:
    """The status with another moment: online stays online, and a first date is no new date."""
    if status is EventStatus.MOVED_ONLINE or (status is EventStatus.SCHEDULED and not had_date):
        return status
    return EventStatus.RESCHEDULED
