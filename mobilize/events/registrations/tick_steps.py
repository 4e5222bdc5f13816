"""What time alone makes due for registrations, as steps of a pass of the clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from mobilize.core import db
from mobilize.core.db import session
from mobilize.core.settings import Settings
from mobilize.events.models import Event
from mobilize.events.registrations import offers, queries, service, waiting_list

AT_ONCE = 500


def end_holds(now: datetime, _settings: Settings) -> None:
    """Give back seats that nobody confirmed or took in time, and offer those that are free to who waits.

    Offers can become due by time alone: registration opens, or an address can be mailed again.
    """
    with db.reading():
        ended = session.scalars(queries.ended_holds(now)).all()
        due = sorted({*ended, *waiting_list.events_to_offer(now)})
    for event_id in due:
        db.in_steps(partial(_settle, event_id, now))


def forget_registrants(now: datetime, _settings: Settings) -> None:
    """Forget who came, as many days after the event as its form says; the numbers stay."""
    with db.reading():
        due = [
            event.id
            for form, event in queries.forms_with_people(now)
            if event.when.over_at is not None and event.when.over_at + timedelta(days=form.keep_days) <= now
        ]
    for event_id in due:
        db.in_steps(partial(service.forget_registrants, event_id, AT_ONCE))


def _settle(event_id: int, now: datetime) -> bool:
    event = session.get(Event, event_id)
    return event is not None and offers.settle(event, now)
