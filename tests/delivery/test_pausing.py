"""A person's break: nothing of it is silently skipped, and what they registered for still reaches them."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import String, literal

from mobilize.core import clock, db
from mobilize.core.settings import Settings
from mobilize.delivery.messages import add_page, close_message
from mobilize.delivery.models import BasisKind
from mobilize.delivery.pausing import PAUSE, end_pause, pause
from tests.delivery.engine_world import FakeTransport, World, drain, make_world, reasons

PAUSED = ("suppressed", "paused")


@pytest.fixture
def world(installation: Settings) -> World:
    return make_world(people=3)


def launched(world: World, kind: BasisKind = BasisKind.LIST) -> int:
    message_id = world.open()
    with db.writing():
        add_page(message_id, world.page().add_columns(literal(kind.value, String).label("basis_kind")))
        assert close_message(message_id) == 3
    return message_id


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("kind", BasisKind)
def test_a_break_holds_back_newsletters_and_appeals(world: World, kind: BasisKind, before: bool):
    """Whether it began before the launch or while the mail waited; the row stays and says why."""
    message_id = 0 if before else launched(world, kind)
    with db.writing():
        pause(world.people[0])
    message_id = message_id or launched(world, kind)
    drain(transport := FakeTransport())
    registered = kind is BasisKind.REGISTRATION
    assert len(transport.sent) == (3 if registered else 2)
    assert reasons(message_id)[0] == (("accepted", "") if registered else PAUSED)


def test_a_break_ends_by_itself(world: World):
    with db.writing():
        until = pause(world.people[0])
    assert until - clock.now() <= PAUSE
    with time_machine.travel(until - timedelta(seconds=1), tick=False):
        assert reasons(launched(world))[0] == PAUSED
    with time_machine.travel(until, tick=False):
        assert reasons(launched(world))[0] == ("pending", "")


def test_whoever_ends_it_gets_what_is_launched_from_then_on(world: World):
    """What was held back meanwhile is not sent later."""
    with db.writing():
        pause(world.people[0])
    missed = launched(world)
    with db.writing():
        assert end_pause(world.people[0])
        assert not end_pause(world.people[0])
    later = launched(world)
    drain(FakeTransport())
    assert reasons(missed)[0] == PAUSED
    assert reasons(later)[0] == ("accepted", "")
