"""Pausing and cancelling, raced against a worker, once a round; commit order is the judge."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import OperationalError

from mobilize.core import db
from mobilize.core.db import new_uid, session
from mobilize.core.errors import Conflict
from mobilize.core.settings import Settings
from mobilize.delivery.messages import cancel_message, pause_message, resume_message
from mobilize.delivery.models import Delivery, DeliveryState, Message
from mobilize.delivery.sending.claims import Claimed
from mobilize.delivery.sending.windows import Results, Run
from tests.crash.racing import together
from tests.delivery.engine_world import FakeTransport, drain, make_world

pytestmark = [pytest.mark.crash, pytest.mark.timeout(300)]

READERS = 4

Stop = Callable[[int], object]
Written = Callable[[], tuple[set[int], int]]
Write = Callable[[Run, Sequence[Claimed], Sequence[Results]], Written]


@pytest.fixture
def messages(installation: Settings, rounds: int) -> list[int]:
    """A message a round."""
    return launched(rounds)


def launched(count: int) -> list[int]:
    """So many messages to four people each: one launched, the others copied from it."""
    first = make_world(people=READERS).launch()
    with db.writing():
        session.execute(insert(Message), [like(session.get_one(Message, first)) for _number in range(count - 1)])
        names = [one.name for one in Delivery.__table__.c if one.name not in ("id", "message_id") and not one.computed]
        columns = [Delivery.__table__.c[name] for name in names]
        rows = select(Message.id, *columns).join_from(Message, Delivery, Delivery.message_id == first)
        copied = insert(Delivery).from_select(["message_id", *names], rows.where(Message.id != first))
        session.execute(copied, execution_options={"synchronize_session": False})
        return list(session.scalars(select(Message.id)))


def like(message: Message) -> dict[str, object]:
    """The columns of one more message of the same kind."""
    columns = {column.name: getattr(message, column.name) for column in Message.__table__.columns}
    del columns["id"]
    return {**columns, "uid": new_uid()}


class Race:
    """A worker, and somebody who stops one message after the other: three presses for every mail that leaves.

    ``late`` rows left after the commit of a stop; ``held_back`` counts those that were in the worker's hands.
    """

    def __init__(self, stop: Stop, messages: Sequence[int]) -> None:
        self.transport = FakeTransport(before=self.pace)
        self.presses, self.done = 0, False
        self.stopped: set[int] = set()
        self.late: list[int] = []
        self.held_back = 0
        self._stop, self._messages = stop, messages

    def watch(self, write: Write) -> Write:
        """As the engine's, and watched: whatever was stopped before it began must not leave by it."""

        def watched(run: Run, rows: Sequence[Claimed], found: Sequence[Results]) -> Written:
            before = set(self.stopped)
            allowed, written = write(run, rows, found)()
            self.late += [row.id for row in rows if row.id in allowed and row.message_id in before]
            self.held_back += len(rows) - len(allowed)
            return lambda: (allowed, written)

        return watched

    def watch_skipping(self, skip: Callable[[Run, set[int]], None]) -> Callable[[Run, set[int]], None]:
        """As the engine's, and watched: what it skips after a refusal was in its hands, too."""

        def watched(run: Run, message_ids: set[int]) -> None:
            before = len(run._admitted) + len(run._rendered)
            skip(run, message_ids)
            self.held_back += before - len(run._admitted) - len(run._rendered)

        return watched

    def press(self) -> None:
        try:
            for message_id in self._nearly_in_order():
                self.press_once(message_id)
                self.presses += 1
        finally:
            self.done = True

    def _nearly_in_order(self) -> list[int]:
        """The worker takes messages in the order of their ids: so pressed, most stops meet rows in its hands."""
        return sorted(self._messages, key=lambda message_id: message_id + random.uniform(0, 4))

    def press_once(self, message_id: int) -> None:
        with suppress(Conflict):  # its last copy left before
            with db.writing():
                self._stop(message_id)
            self.stopped.add(message_id)

    def pace(self, sent: int) -> None:
        while sent > self.presses // 3 and not self.done:
            time.sleep(0.0005)

    def work(self) -> None:
        drain(self.transport, window=4)


def race(stop: Stop, messages: Sequence[int]) -> Race:
    """Run it; nearly all were stopped, many with rows in the worker's hands, and none of those left late."""
    race = Race(stop, messages)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Run, "write", race.watch(Run.write))
        patch.setattr(Run, "_skip_stopped", race.watch_skipping(Run._skip_stopped))
        together(race.work, race.press)
    assert race.late == []
    assert len(race.stopped) > len(messages) * 0.8
    assert race.held_back > len(messages) // 10
    return race


def states() -> Counter[str]:
    """How many rows are in which state."""
    with db.reading():
        found = session.execute(select(Delivery.state, func.count()).group_by(Delivery.state))
        return Counter({state.value: count for state, count in found})


def test_pausing_and_cancelling_race_a_worker(messages: list[int]) -> None:
    """No window that begins after the commit of a pause or a cancellation holds a row of it; nobody is lost."""
    paused = race(pause_message, messages)
    sent = [outgoing.key for outgoing in paused.transport.sent]
    assert states() == {"accepted": len(sent), "pending": len(messages) * READERS - len(sent)}
    with db.writing():
        for message_id in paused.stopped:
            resume_message(message_id)

    cancelled = race(cancel_message, messages)
    sent += [outgoing.key for outgoing in cancelled.transport.sent]
    assert len(sent) == len(set(sent))
    assert states() == {"accepted": len(sent), "revoked": len(messages) * READERS - len(sent)}
    with db.reading():
        revoked = set(session.scalars(select(Delivery.message_id).where(Delivery.state == DeliveryState.REVOKED)))
    assert revoked <= cancelled.stopped


def test_worker_and_cancellation_wait_in_turn(installation: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of two mailings is cancelled while their windows open and close: neither side refuses the other."""
    world = make_world(people=200)
    write, refused = Run.write, []

    def watched(run: Run, rows: Sequence[Claimed], found: Sequence[Results]) -> Written:
        try:
            allowed, written = write(run, rows, found)()
        except OperationalError as error:
            refused.append(error)
            raise
        return lambda: (allowed, written)

    def cancel_after(count: int, transport: FakeTransport, message_id: int) -> None:
        while len(transport.sent) < count:
            time.sleep(0.0002)
        with suppress(Conflict), db.writing():  # its last copy left before
            cancel_message(message_id)
            cancelled.append(message_id)

    cancelled: list[int] = []
    monkeypatch.setattr(Run, "write", watched)
    for count in range(20, 120, 10):
        message_id, _other = world.launch(), world.launch()
        transport = FakeTransport(before=lambda _count: time.sleep(0.001))
        together(partial(drain, transport, window=16), partial(cancel_after, count, transport, message_id))
    assert refused == []
    assert len(cancelled) > 5
