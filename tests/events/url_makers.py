"""Rows that stand for the parameters of events' URLs (see tests/test_permissions.py)."""

from __future__ import annotations

from itertools import count

from sqlalchemy import select

from mobilize.core.db import session
from mobilize.events.models import Event
from mobilize.events.service import Facts, Point, add_point, create_event, publish
from mobilize.events.when import unknown
from mobilize.organisations.models import Organisation

_numbers = count(1)


def make_event(house: Organisation) -> str:
    row = create_event(house.id, f"event-{next(_numbers)}", Facts({"en": "A lecture"}), unknown(house.timezone))
    publish(row)
    return row.slug


def make_point(house: Organisation) -> str:
    """A point of the event that ``make_event`` made last."""
    row = session.scalars(select(Event).where(Event.organisation_id == house.id).order_by(Event.id.desc())).first()
    assert row is not None
    return add_point(row, Point({"en": "Welcome"}, unknown(house.timezone))).uid


MAKERS = {
    "event_slug": make_event,
    "point_uid": make_point,
    "change": lambda _house: "cancelled",
    "what": lambda _house: "up",
}
