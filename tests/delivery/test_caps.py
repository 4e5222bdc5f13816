"""The most that one person gets in some days: what is above it is a row with its reason."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import String, literal

from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.core.errors import Refused
from mobilize.core.settings import Settings
from mobilize.delivery.caps import Cap, cap_of, change_cap
from mobilize.delivery.messages import add_page, cancel_message, close_message
from mobilize.delivery.models import BasisKind
from mobilize.organisations.models import Organisation
from tests.delivery.engine_world import FakeTransport, World, drain, make_world, reasons

WAITS, TOO_MANY = ("pending", ""), ("suppressed", "capped")


@pytest.fixture
def world(installation: Settings) -> World:
    return make_world(people=2)


def allow(world: World, cap: Cap | None) -> None:
    with db.writing():
        change_cap(session.get_one(Organisation, world.organisation.id), cap)


def launched(world: World, kind: BasisKind = BasisKind.LIST) -> int:
    message_id = world.open()
    with db.writing():
        add_page(message_id, world.page().add_columns(literal(kind.value, String).label("basis_kind")))
        assert close_message(message_id) == 2
    return message_id


def test_what_is_above_the_limit_is_held_back_with_its_reason(world: World):
    """Copies that wait count like those that left; the audience stays whole."""
    allow(world, Cap(mails=2, days=7))
    found = [reasons(launched(world))[0] for _number in range(3)]
    assert found == [WAITS, WAITS, TOO_MANY]
    drain(transport := FakeTransport())
    assert len(transport.sent) == 4


def test_days_go_by(world: World):
    allow(world, Cap(mails=1, days=7))
    drained = launched(world)
    drain(FakeTransport())
    assert reasons(drained)[0] == ("accepted", "")
    assert reasons(launched(world))[0] == TOO_MANY
    with time_machine.travel(clock.now() + timedelta(days=8), tick=False):
        assert reasons(launched(world))[0] == WAITS


def test_what_was_withdrawn_or_held_back_counts_for_nothing(world: World):
    allow(world, Cap(mails=1, days=7))
    withdrawn = launched(world)
    with db.writing():
        cancel_message(withdrawn)
    assert reasons(launched(world))[0] == WAITS


def test_mail_about_a_registration_is_neither_counted_nor_held_back(world: World):
    allow(world, Cap(mails=1, days=7))
    assert reasons(launched(world, BasisKind.REGISTRATION))[0] == WAITS
    assert reasons(launched(world))[0] == WAITS
    assert reasons(launched(world, BasisKind.REGISTRATION))[0] == WAITS
    assert reasons(launched(world))[0] == TOO_MANY


def test_without_a_limit_everything_leaves(world: World):
    allow(world, Cap(mails=1, days=7))
    allow(world, None)
    assert [reasons(launched(world))[0] for _number in range(3)] == [WAITS] * 3


@pytest.mark.parametrize(("cap", "field"), [(Cap(0, 7), "most_mails"), (Cap(1, 0), "most_mails_days")])
def test_a_limit_that_is_none_is_refused(world: World, cap: Cap, field: str):
    with pytest.raises(Refused) as refused:
        allow(world, cap)
    assert refused.value.field == field
    with db.reading():
        assert cap_of(world.organisation.id) is None
