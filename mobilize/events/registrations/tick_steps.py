"""What time alone makes due for registrations, as steps of a pass of the clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from mobilize.core import db
from mobilize.core.db import session
from mobilize.core.settings import Settings
from mobilize.events.registrations import queries, service

AT_ONCE = 500


def end_holds(now: datetime, _settings: Settings) -> None:
    """Give back the seats of those who did not confirm in time."""
    with db.reading():
        is_due = session.scalar(queries.ended_holds(now).limit(1)) is not None
    if is_due:
        db.in_steps(lambda: service.end_holds(now, AT_ONCE))


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
