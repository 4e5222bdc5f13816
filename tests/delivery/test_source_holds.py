"""A change of what a message shows holds it in the same commit, until it sends on with new content."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mobilize.core import db
from mobilize.core.errors import Conflict
from mobilize.core.settings import Settings
from mobilize.delivery.contents import store_contents
from mobilize.delivery.messages import cancel_message, pause_message
from mobilize.delivery.models import HoldCause, MessageState
from mobilize.delivery.queries import holds_of
from mobilize.delivery.retries import retry_failed
from mobilize.delivery.smtp.transport import Outgoing, Phase, Rejected, Result
from mobilize.delivery.source_holds import depend_on, hold_for_source, send_on
from tests.delivery.engine_world import FakeTransport, World, accept, drain, make_world, message_row, states

EVENT = "event:abc"


@pytest.fixture
def world(installation: Settings) -> World:
    """Four people on a list."""
    return make_world(people=4)


def launch(world: World, **live: int) -> int:
    message_id = world.launch()
    with db.writing():
        depend_on(message_id, {f"event:{uid}": version for uid, version in live.items()})
    return message_id


def change(version: int, source: str = EVENT) -> list[int]:
    with db.writing():
        return hold_for_source(source, version)


def renew(world: World, message_id: int, **live: int) -> int:
    """As a feature that freezes the contents again."""
    with db.writing():
        old, new = store_contents(world.organisation.id, [world.source(), replace(world.source(), subject="Moved")])
        return send_on(message_id, {old: new}, {f"event:{uid}": version for uid, version in live.items()})


def causes(message_id: int) -> list[HoldCause]:
    with db.reading():
        return [one.cause for one in holds_of([message_id]).get(message_id, [])]


def moved(transport: FakeTransport) -> int:
    """How many of the mails that left have the new text."""
    return sum(b"Subject: Moved\r\n" in one.message for one in transport.sent)


def test_what_shows_an_older_version_is_held(world: World) -> None:
    """And nothing else: not what shows another event, the newest version, or has been cancelled."""
    older, other, newest, cancelled = (
        launch(world, abc=3),
        launch(world, xyz=1),
        launch(world, abc=4),
        launch(world, abc=3),
    )
    with db.writing():
        cancel_message(cancelled)
    assert change(4) == [older]
    assert [message_row(one).state for one in (older, other, newest)] == ["halted", "sending", "sending"]
    drain(transport := FakeTransport())
    assert len(transport.sent) == 8
    assert states(older) == {"pending": 4}


def test_the_hold_is_part_of_the_change(world: World) -> None:
    """A change that is rolled back holds nothing."""
    message_id = launch(world, abc=3)
    with db.writing():
        assert hold_for_source(EVENT, 4) == [message_id]
        db.abandon()
    assert causes(message_id) == []


def test_it_sends_on_with_new_content(world: World) -> None:
    """Everybody who waits gets the new text; the next change holds it again."""
    message_id = launch(world, abc=3)
    change(4)
    assert renew(world, message_id, abc=4) == 4
    assert message_row(message_id).state is MessageState.SENDING
    assert change(4) == []
    assert change(5) == [message_id]
    with pytest.raises(Conflict):
        renew(world, message_id, abc=4)
    assert causes(message_id) == [HoldCause.SOURCE]
    renew(world, message_id, abc=5)
    drain(transport := FakeTransport())
    assert moved(transport) == len(transport.sent) == 4


def test_every_change_is_waited_for(world: World) -> None:
    """Two sources changed, one of them twice: content that is too old for any of them does not end the hold."""
    message_id = launch(world, abc=3, xyz=1)
    assert change(4) == change(5) == change(2, "event:xyz") == [message_id]
    for live in ({"abc": 5, "xyz": 1}, {"abc": 4, "xyz": 2}):
        with pytest.raises(Conflict):
            renew(world, message_id, **live)
    renew(world, message_id, abc=5, xyz=2)
    assert causes(message_id) == []


def test_only_this_cause_is_lifted(world: World) -> None:
    """A message that a person paused stays paused, with its new content."""
    message_id = launch(world, abc=3)
    change(4)
    with db.writing():
        pause_message(message_id)
    renew(world, message_id, abc=4)
    assert message_row(message_id).state is MessageState.PAUSED
    with pytest.raises(Conflict):
        renew(world, message_id, abc=4)


def test_what_failed_is_not_sent_again_with_the_old_content(world: World) -> None:
    """The event moves after the message has finished: sending again waits for the new content."""
    message_id = launch(world, abc=3)
    first = "reader-0@example.net"

    def full_for_the_first(one: Outgoing) -> Result:
        return Rejected(one.key, Phase.DATA, 552, "5.2.2", "full") if one.recipient == first else accept(one)

    drain(FakeTransport(full_for_the_first))
    assert message_row(message_id).state is MessageState.FINISHED
    assert change(4) == [message_id]
    assert (message_row(message_id).state, causes(message_id)) == (MessageState.FINISHED, [])
    with db.writing():
        assert retry_failed(message_id) == 1
    assert (message_row(message_id).state, causes(message_id)) == (MessageState.HALTED, [HoldCause.SOURCE])
    drain(transport := FakeTransport())
    assert transport.sent == []
    assert renew(world, message_id, abc=4) == 1
    drain(transport)
    assert (transport.readers, moved(transport)) == ([first], 1)
    assert message_row(message_id).state is MessageState.FINISHED
