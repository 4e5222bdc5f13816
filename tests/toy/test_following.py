"""A feature does its part of a change of a lower feature's thing, and adds to that thing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from mobilize.core import db, feature
from mobilize.core.db import session
from mobilize.core.effects import PlannedChange
from mobilize.core.when import unknown
from mobilize.events import changes as events
from mobilize.events.models import Event, EventStatus
from mobilize.events.queries import event_by_slug
from mobilize.events.service import Facts, create_event, publish
from mobilize.organisations.models import Organisation
from mobilize.schedules import changes


@pytest.fixture
def event(city: Organisation, fair: str) -> str:
    """The uid of an event at which the fair is held."""
    with db.writing():
        row = create_event(city.id, "spring", Facts({"en": "Spring day"}), unknown(city.timezone))
        publish(row)
        return row.uid


def press(city: Organisation, event: str, verb: Callable[[Event], None]) -> None:
    """Make the change as it was shown."""
    change = PlannedChange(city.id, f"event:{event}", "cancelled", {}, is_off=True)
    with db.reading():
        seen = changes.preview(change)
    assert "“Spring fair” ends" in [one.words for one in seen.effects]
    with db.writing():
        changes.apply(change, seen.digest, lambda: verb(event_by_slug(city.id, "spring")))


def fair_is_over() -> bool:
    fairs = feature.load("tests.toy.models:Fair")
    with db.reading():
        return bool(session.scalars(select(fairs.is_over)).one())


def test_the_fair_ends_with_its_event(city: Organisation, event: str) -> None:
    """In the same transaction, after the event's own verb."""
    press(city, event, lambda row: events.cancel(row, {}))
    assert fair_is_over()


def test_a_change_that_fails_carries_nothing_out(city: Organisation, event: str) -> None:
    """Nor does the event change."""

    def fail(row: Event) -> None:
        events.cancel(row, {})
        raise LookupError

    with pytest.raises(LookupError):
        press(city, event, fail)
    assert not fair_is_over()
    with db.reading():
        assert event_by_slug(city.id, "spring").status is EventStatus.SCHEDULED


def test_the_fair_is_added_to_its_event(city: Organisation, event: str, fair: str) -> None:
    """And to nothing else."""
    with db.reading():
        (added,) = feature.additions(city, f"event:{event}")
        assert (added.ref, added.entry.title, added.is_public) == (f"fair:{fair}", "Spring fair", True)
        assert feature.additions(city, "event:other") == feature.additions(city, f"appeal:{event}") == ()
