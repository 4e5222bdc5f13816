"""Claims follow one another on the wire without a pause, and each keeps its own account."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Generator, Iterable
from dataclasses import dataclass
from datetime import datetime
from operator import le, lt

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from mobilize.core import db
from mobilize.core.db import session
from mobilize.core.settings import Settings
from mobilize.delivery.messages import pause_message
from mobilize.delivery.models import Message, MessageState
from mobilize.delivery.sending import claims, endings
from mobilize.delivery.sending.rendering import Renderer
from mobilize.delivery.smtp.transport import (
    Accepted,
    Meanwhile,
    Outgoing,
    Permit,
    Phase,
    Rejected,
    Result,
    everything,
    nothing,
)
from tests.delivery.engine_world import FakeTransport, World, drain, groups, make_world, states


@dataclass
class SlowTransport(FakeTransport):
    """A server that answers a mail once ``behind`` more are on the wire, or when there are no more."""

    behind: int = 6

    def send(
        self, messages: Iterable[Outgoing], permit: Permit = everything, meanwhile: Meanwhile = nothing
    ) -> Generator[Result, None, None]:
        on_the_wire: deque[Outgoing] = deque()
        for outgoing in self.permitted(messages, permit):
            self.sent.append(outgoing)
            on_the_wire.append(outgoing)
            if len(on_the_wire) > self.behind:
                yield Accepted(on_the_wire.popleft().key)
        for outgoing in on_the_wire:
            yield Accepted(outgoing.key)


class StuckTransport(FakeTransport):
    """A server that answers at once, but for the first mail: that one gets its answer last."""

    def send(
        self, messages: Iterable[Outgoing], permit: Permit = everything, meanwhile: Meanwhile = nothing
    ) -> Generator[Result, None, None]:
        kept: list[Outgoing] = []
        for outgoing in self.permitted(messages, permit):
            self.sent.append(outgoing)
            if self.before is not None:
                self.before(len(self.sent))
            if len(self.sent) > 1:
                yield Accepted(outgoing.key)
            else:
                kept.append(outgoing)
        for outgoing in kept:
            yield Accepted(outgoing.key)


class LeisurelyTransport(FakeTransport):
    """Servers so slow that all which can be done meanwhile is done before each answer; ``done`` counts it."""

    done: int = 0

    def send(
        self, messages: Iterable[Outgoing], permit: Permit = everything, meanwhile: Meanwhile = nothing
    ) -> Generator[Result, None, None]:
        for outgoing in self.permitted(messages, permit):
            self.sent.append(outgoing)
            while meanwhile():
                self.done += 1
            self.before(len(self.sent))
            yield Accepted(outgoing.key)


@pytest.fixture
def world(installation: Settings) -> World:
    """Forty people on a list."""
    return make_world(people=40)


def test_the_next_claim_is_made_before_the_last_answers(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four claims of ten: each but the first is made while the mails before it are on the wire, and all add up.

    On PostgreSQL it is made earlier, beside the sending.
    """
    message_id, transport = world.launch(), SlowTransport()
    claim, answered_at = claims.claim, []

    def watched(*arguments: object, **options: object) -> object:
        recorded = states(message_id).get("accepted", 0)  # read first: on PostgreSQL sending goes on beside this
        answered_at.append((len(transport.sent), recorded))
        return claim(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(claims, "claim", watched)
    drain(transport, window=5, claim_size=10)
    at, at_the_latest = [sent for sent, _recorded in answered_at[:5]], [0, 10, 20, 30, 40]
    assert at == at_the_latest if db.is_sqlite() else all(map(le, at, at_the_latest))
    assert all(recorded < sent for sent, recorded in answered_at[1:5] if sent)
    assert groups(message_id).accepted == groups(message_id).audience == 40
    assert len(set(transport.readers)) == len(transport.sent) == 40


def test_whether_a_message_is_done_is_asked_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the last of the claims that follow one another: the others know that it is not."""
    asked: list[set[int]] = []
    finish = endings.finish_messages

    def note(connection: Connection, message_ids: Collection[int], now: datetime) -> list[int]:
        asked.append(set(message_ids))
        return finish(connection, message_ids, now)

    monkeypatch.setattr(endings, "finish_messages", note)
    message_id = world.launch()
    drain(SlowTransport(), claim_size=10, window=1)
    assert asked == [{message_id}]
    with db.reading():
        assert session.get_one(Message, message_id).state is MessageState.FINISHED


def test_the_next_claim_is_made_while_servers_are_waited_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each claim but the first is made before the mails of the last are all on the wire; nobody gets two.

    On PostgreSQL a thread makes it, whose turn may come a little later.
    """
    message_id, transport, made_at = world.launch(), LeisurelyTransport(), []
    claim = claims.claim

    def watched(*arguments: object, **options: object) -> object:
        made_at.append(len(transport.sent))
        return claim(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(claims, "claim", watched)
    drain(transport, window=2, claim_size=10)
    assert all(map(lt if db.is_sqlite() else le, made_at[1:4], (10, 20, 30)))
    assert transport.done >= 4
    assert groups(message_id).accepted == len(set(transport.readers)) == len(transport.sent) == 40


@pytest.mark.parametrize("after", [1, 6])
def test_what_was_made_ready_meanwhile_waits_after_a_stop(world: World, after: int) -> None:
    """Mails rendered and a claim made ahead of time: at a stop none of them leaves, all wait for the next worker."""
    message_id, transport = world.launch(), LeisurelyTransport()
    drain(transport, window=1, claim_size=10, stop=lambda: len(transport.sent) >= after)
    assert len(transport.sent) == after
    assert states(message_id) == {"accepted": after, "pending": 40 - after}
    drain(transport, window=1, claim_size=10)
    assert groups(message_id).accepted == len(set(transport.readers)) == len(transport.sent) == 40


def test_what_was_made_ready_meanwhile_does_not_outlive_a_pause(world: World) -> None:
    """The mails of a paused message leave no more, however many of them are finished already."""
    message_id = world.launch()

    def pause(sent: int) -> None:
        if sent == 3:
            with db.writing():
                pause_message(message_id)

    transport = LeisurelyTransport(before=pause)
    drain(transport, window=1, claim_size=10)
    assert len(transport.sent) == 3
    assert states(message_id) == {"accepted": 3, "pending": 37}


def test_a_claim_that_fails_cuts_off_no_mail_on_the_wire(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database goes away between two claims: what was on the wire is recorded, then the error is told."""
    message_id, transport = world.launch(), SlowTransport()
    claim, times = claims.claim, iter([False, True])

    def failing(*arguments: object, **options: object) -> object:
        if next(times, False):
            raise OperationalError("UPDATE", {}, Exception("the server closed the connection"))
        return claim(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(claims, "claim", failing)
    with pytest.raises(OperationalError):
        drain(transport, window=4, claim_size=10)
    assert states(message_id) == {"accepted": 10, "pending": 30}
    drain(transport, window=4, claim_size=10)
    assert groups(message_id).accepted == len(set(transport.readers)) == len(transport.sent) == 40


def test_one_silent_answer_keeps_no_other_from_being_recorded(world: World) -> None:
    """While the first claim waits for one answer, whatever is known of it is recorded with the next claims' windows."""
    message_id, open_rows = world.launch(), []
    transport = StuckTransport(before=lambda _sent: open_rows.append(states(message_id).get("attempting", 0)))
    drain(transport, window=5, claim_size=10)
    assert open_rows == [5] * 5 + [5 + 1] * 35
    assert states(message_id) == {"accepted": 40}


def test_a_claim_that_cannot_be_loaded_is_given_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it needs cannot be read: nobody has to wait until its lease is over."""
    message_id, transport = world.launch(), SlowTransport()
    load, times = Renderer.load, iter([False, True])

    def failing(*arguments: object) -> object:
        if next(times, False):
            raise OperationalError("SELECT", {}, Exception("the server closed the connection"))
        return load(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Renderer, "load", failing)
    with pytest.raises(OperationalError):
        drain(transport, window=4, claim_size=10)
    assert states(message_id) == {"accepted": 10, "pending": 30}


def test_a_halt_that_fails_holds_no_mail_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The window that was committed with the refusals goes out; the next refusal tries to halt again."""
    message_id = world.launch()
    halt, tries = endings.halt_message, iter([True])

    def failing(*arguments: object) -> object:
        if next(tries, False):
            raise OperationalError("UPDATE", {}, Exception("database is locked"))
        return halt(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(endings, "halt_message", failing)
    transport = FakeTransport(lambda one: Rejected(one.key, Phase.DATA, 554, "5.7.1", "no"))
    drain(transport, window=5)
    found = groups(message_id)
    assert (found.unknown, found.failed) == (0, len(transport.sent))
    assert 10 <= len(transport.sent) < 40
    with db.reading():
        assert session.get_one(Message, message_id).state is MessageState.HALTED
