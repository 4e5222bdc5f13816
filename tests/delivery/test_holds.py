"""A message may be held by several causes at once: it sends only while there is none, and each is lifted by itself."""

from __future__ import annotations

from itertools import chain, combinations

import pytest

from mobilize.core import db
from mobilize.core.db import session
from mobilize.core.errors import Conflict
from mobilize.core.settings import Settings
from mobilize.delivery.messages import (
    add_page,
    cancel_message,
    hold_message,
    lift_hold,
    pause_message,
    resume_message,
)
from mobilize.delivery.models import HoldCause, MessageState
from mobilize.delivery.queries import holds_of
from mobilize.delivery.rules import live_state
from mobilize.delivery.sending.endings import halt_message
from tests.delivery.engine_world import FakeTransport, drain, make_world, message_row, states

EVERY_SET = list(chain.from_iterable(combinations(HoldCause, number) for number in range(len(HoldCause) + 1)))


@pytest.fixture(autouse=True)
def _installed(installation: Settings) -> None:
    """Every test here has a database, keys and Redis."""


def causes(message_id: int) -> list[HoldCause]:
    with db.reading():
        return [one.cause for one in holds_of([message_id]).get(message_id, [])]


@pytest.mark.parametrize("held", EVERY_SET, ids=lambda held: "+".join(held) or "none")
def test_the_state_follows_from_the_causes(held: tuple[HoldCause, ...]) -> None:
    """It sends without a cause, is halted where something has to be looked into, and is paused otherwise."""
    looked_into = {HoldCause.REFUSAL, HoldCause.SOURCE} & set(held)
    expected = MessageState.HALTED if looked_into else MessageState.PAUSED if held else MessageState.SENDING
    assert live_state(held, has_begun=True) is expected
    assert live_state(held, has_begun=False) is (expected if held else MessageState.PREPARING)


def test_it_sends_only_when_the_last_cause_is_lifted() -> None:
    """Four causes, lifted one by one: each leaves the others, and nothing leaves before the last is gone."""
    message_id = make_world(people=3).launch()
    with db.writing():
        assert [hold_message(message_id, cause, "words") for cause in HoldCause] == [True] * 4
    left = list(HoldCause)
    for cause in (HoldCause.SOURCE, HoldCause.STAFF, HoldCause.GATE, HoldCause.REFUSAL):
        drain(transport := FakeTransport())
        assert transport.sent == []
        left.remove(cause)
        with db.writing():
            assert lift_hold(message_id, cause) == (True, set(left))
        assert causes(message_id) == left
    drain(transport)
    assert len(transport.sent) == 3
    assert message_row(message_id).state is MessageState.FINISHED


def test_a_cause_holds_once() -> None:
    """The same again changes nothing, and what did not hold lifts nothing."""
    message_id = make_world(people=1).launch()
    with db.writing():
        assert hold_message(message_id, HoldCause.GATE, "first")
        assert not hold_message(message_id, HoldCause.GATE, "second")
        assert not lift_hold(message_id, HoldCause.STAFF).was_held
        assert [one.reason for one in holds_of([message_id])[message_id]] == ["first"]
    assert message_row(message_id).state is MessageState.PAUSED


def test_a_refusal_reaches_a_message_that_was_paused_meanwhile() -> None:
    """The pause stays when the refusal is lifted, and the refusal's words when the pause is."""
    message_id = make_world(people=2).launch()
    with db.writing():
        pause_message(message_id)
        assert halt_message(session.connection(), message_id, "550 5.7.1 no")
    halted = message_row(message_id)
    assert (halted.state, halted.state_reason) == (MessageState.HALTED, "550 5.7.1 no")
    with db.writing():
        assert resume_message(message_id) == {HoldCause.REFUSAL}
    assert message_row(message_id).state_reason == "550 5.7.1 no"
    with db.writing():
        pause_message(message_id)
        assert resume_message(message_id, HoldCause.REFUSAL) == {HoldCause.STAFF}
    paused = message_row(message_id)
    assert (paused.state, paused.state_reason) == (MessageState.PAUSED, "")
    with pytest.raises(Conflict), db.writing():
        resume_message(message_id, HoldCause.REFUSAL)


def test_a_launch_goes_on_while_it_is_held() -> None:
    """Pages are added to a held message; it sends when it is let go on, or prepares if none was added yet."""
    world = make_world(people=2)
    message_id = world.open()
    with db.writing():
        pause_message(message_id)
        resume_message(message_id)
    assert message_row(message_id).state is MessageState.PREPARING
    with db.writing():
        pause_message(message_id)
        add_page(message_id, world.page())
    assert message_row(message_id).state is MessageState.PAUSED
    with db.writing():
        resume_message(message_id)
    assert message_row(message_id).state is MessageState.SENDING


def test_what_has_ended_is_not_held() -> None:
    """A cancellation ends every hold, and nothing holds it afterwards."""
    message_id = make_world(people=2).launch()
    with db.writing():
        hold_message(message_id, HoldCause.GATE)
        cancel_message(message_id)
        assert not hold_message(message_id, HoldCause.STAFF)
        assert not halt_message(session.connection(), message_id, "550 no")
    assert causes(message_id) == []
    assert message_row(message_id).state is MessageState.CANCELLED
    assert states(message_id) == {"revoked": 2}
