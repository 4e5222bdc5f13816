"""What holds mail back is one rule, in Python and in SQL, and what it lets through leaves."""

from __future__ import annotations

from itertools import product

import pytest
from sqlalchemy import Boolean, Integer, String, cast, literal, null, select

from mobilize.core import db
from mobilize.core.db import session
from mobilize.core.settings import Settings
from mobilize.delivery.blocking import blocked, pausable
from mobilize.delivery.messages import add_page, close_message
from mobilize.delivery.models import BasisKind, Delivery, Message, Stream, SuppressionReason
from mobilize.delivery.rules import blocks, pauses
from mobilize.delivery.suppression.service import end_for, suppress
from tests.delivery.engine_world import FakeTransport, World, drain, index_of, make_world, reasons

ALL = list(product([None, *SuppressionReason], [None, *BasisKind], Stream, [True, False]))


@pytest.fixture
def world(installation: Settings) -> World:
    return make_world(people=3)


def in_sql(reason: SuppressionReason | None, basis: BasisKind | None, stream: Stream, asked: bool) -> bool:
    return session.scalar(
        select(
            blocked(
                cast(null() if reason is None else literal(reason.value), String),
                literal((basis or BasisKind.LIST).value, String),
                cast(null() if basis is None else literal(1), Integer),
                literal(stream.value, String),
                cast(literal(asked), Boolean),
            )
        )
    )


def test_the_rule_says_the_same_in_python_and_in_sql(installation: Settings):
    """Every reason, basis, stream and cause; without a reason nothing is held back."""
    with db.reading():
        for reason, basis, stream, asked in ALL:
            expected = reason is not None and blocks(reason, basis, stream, person_asked=asked)
            assert bool(in_sql(reason, basis, stream, asked)) is expected, (reason, basis, stream, asked)


def test_what_a_pause_holds_back_is_the_same_in_python_and_in_sql(installation: Settings):
    """Every basis and stream; mail about a registration and single mails are never paused."""
    with db.reading():
        for basis, stream in product([None, *BasisKind], Stream):
            kind = literal((basis or BasisKind.LIST).value, String)
            basis_id = cast(null() if basis is None else literal(1), Integer)
            found = session.scalar(select(pausable(kind, basis_id, literal(stream.value, String))))
            assert bool(found) is pauses(basis, stream), (basis, stream)


def launched(world: World, kind: BasisKind, ended_by: str | None = None) -> int:
    """A message to everybody, on a basis of this kind."""
    message_id = world.open()
    with db.writing():
        session.get_one(Message, message_id).ended_by = ended_by
        add_page(message_id, world.page().add_columns(literal(kind.value, String).label("basis_kind")))
        close_message(message_id)
    return message_id


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("kind", BasisKind)
def test_who_left_still_hears_about_what_they_are_registered_for(world: World, kind: BasisKind, before: bool):
    """Whether they left before the launch or while it waited: only mail about a registration leaves."""
    message_id = 0 if before else launched(world, kind)
    with db.writing():
        suppress(world.organisation.id, index_of(world, 0), SuppressionReason.WITHDRAWAL, "test")
    message_id = message_id or launched(world, kind)
    drain(transport := FakeTransport())
    assert len(transport.sent) == (3 if kind is BasisKind.REGISTRATION else 2)
    accepted = ("accepted", "")
    assert reasons(message_id)[0] == (accepted if kind is BasisKind.REGISTRATION else ("suppressed", "withdrawal"))


def test_an_act_ends_what_waits_for_whoever_did_it(world: World):
    """In the act's own commit, in every message that names it, and for nobody else."""
    first, second = launched(world, BasisKind.ACT, "action:one"), launched(world, BasisKind.ACT, "action:two")
    with db.writing():
        assert end_for(world.people[0], "action:one") == 1
    drain(transport := FakeTransport())
    assert len(transport.sent) == 5
    assert reasons(first)[0] == ("revoked", "done")
    assert reasons(second)[0] == ("accepted", "")


def test_a_basis_is_kept_on_the_row(world: World):
    message_id = launched(world, BasisKind.REGISTRATION)
    with db.reading():
        kinds = session.scalars(select(Delivery.basis_kind).where(Delivery.message_id == message_id))
        assert set(kinds) == {BasisKind.REGISTRATION}
