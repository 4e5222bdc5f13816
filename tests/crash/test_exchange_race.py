"""Halt, exchange of content and resume race workers that have the old copy rendered; commit order is the judge.

A thousand messages on SQLite and a hundred on PostgreSQL, one process; then real workers, one of them killed.
"""

from __future__ import annotations

import random
import re
import signal
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

import pytest
from sqlalchemy import insert, select, update

from mobilize.core import clock, db
from mobilize.core.db import new_uid, session
from mobilize.core.errors import Conflict
from mobilize.core.settings import Settings
from mobilize.delivery.contents import composed, store_contents, store_links
from mobilize.delivery.exchange import exchange
from mobilize.delivery.messages import hold_message, lift_hold
from mobilize.delivery.models import Delivery, DeliveryState, HoldCause, Message
from mobilize.delivery.retries import retry_failed, retry_unknown
from mobilize.delivery.sending.claims import Claimed
from mobilize.delivery.sending.endings import halt_message
from mobilize.delivery.sending.windows import Results, Run
from mobilize.delivery.smtp.transport import Accepted, Deferred, Lost, Outgoing, Phase, Rejected, Result
from tests.crash.racing import together
from tests.crash.workers import reap, until, worker
from tests.delivery.engine_world import FakeTransport, World, drain, make_world, states
from tests.smtp_server import SmtpServer, running

pytestmark = [pytest.mark.crash, pytest.mark.timeout(300)]

READERS, VERSIONS = 3, 3
PEOPLE, SILENT_AFTER = 300, 60
_SUBJECT = re.compile(rb"^Subject: Version (\d)\r$", re.MULTILINE)
_TO = re.compile(rb"^To: .*?([\w.-]+@[\w.-]+)>?\r$", re.MULTILINE)

Written = Callable[[], tuple[set[int], int]]
Write = Callable[[Run, Sequence[Claimed], Sequence[Results]], Written]


def version_of(message: bytes) -> int:
    """Which content a mail was made of."""
    found = _SUBJECT.search(message)
    assert found
    return int(found[1])


def make_versions(world: World) -> list[int]:
    """The ids of contents that take each other's place."""
    with db.writing():
        sources = [replace(world.source(), subject=f"Version {number}") for number in range(VERSIONS)]
        return store_contents(world.organisation.id, sources)


def launch(world: World, versions: Sequence[int], number: int) -> list[int]:
    """So many messages with the first version: one launched, the others copied from it."""
    first = world.launch()
    with db.writing():
        for content_id, version in zip(versions, range(VERSIONS), strict=True):
            store_links(first, {content_id: composed(replace(world.source(), subject=f"Version {version}"))})
        session.execute(update(Delivery).values(content_id=versions[0]))
        message = session.get_one(Message, first)
        columns = {one.name: getattr(message, one.name) for one in Message.__table__.columns if one.name != "id"}
        for _copy in range(number - 1):
            session.execute(insert(Message), {**columns, "uid": new_uid()})
        names = [one.name for one in Delivery.__table__.c if one.name not in ("id", "message_id") and not one.computed]
        rows = select(Message.id, *(Delivery.__table__.c[name] for name in names))
        copied = rows.join_from(Message, Delivery, Delivery.message_id == first).where(Message.id != first)
        session.execute(insert(Delivery).from_select(["message_id", *names], copied))
        return list(session.scalars(select(Message.id)))


class Race:
    """A worker, and somebody who exchanges the content of one message after the other, one press for each mail.

    ``reached`` is the version that a message's exchanges have committed. ``late`` are rows of a window that was begun
    after that commit, and let an older version leave; ``held_back`` counts those that the worker had in its hands.
    """

    def __init__(self, messages: Sequence[int], versions: Sequence[int], chance: random.Random) -> None:
        self.transport = FakeTransport(self.answer, before=self.pace)
        self.reached: defaultdict[int, int] = defaultdict(int)
        self.late: list[int] = []
        self.held_back = self.presses = 0
        self.done = False
        self._messages, self._chance = messages, chance
        self._ids, self._number = versions, {content_id: number for number, content_id in enumerate(versions)}

    def watch(self, write: Write) -> Write:
        """As the engine's, and watched: what an exchange replaced before it began must not leave by it."""

        def watched(run: Run, rows: Sequence[Claimed], found: Sequence[Results]) -> Written:
            before = dict(self.reached)
            allowed, written = write(run, rows, found)()
            older = (row for row in rows if self._number[row.content_id] < before.get(row.message_id, 0))
            self.late += [row.id for row in older if row.id in allowed]
            self.held_back += len(rows) - len(allowed)
            return lambda: (allowed, written)

        return watched

    def work(self) -> None:
        """Drains, until nobody presses any more."""
        while not self.done:
            drain(self.transport, window=4)

    def answer(self, one: Outgoing) -> Result:
        """Mostly yes; what is put off, refused or in doubt comes back after exchanges of its message."""
        luck = one.key % 16
        if luck == 0:
            return Deferred(one.key, Phase.DOT, 451, "4.3.0", "later")
        if luck == 1:
            return Lost(one.key, Phase.DOT, "silence")
        if luck == 2:
            return Rejected(one.key, Phase.DOT, 552, "5.2.2", "full")
        return Accepted(one.key)

    def pace(self, sent: int) -> None:
        """No mail leaves before there were as many presses."""
        while sent > self.presses and not self.done:
            time.sleep(0.0005)

    def press(self) -> None:
        """Every message once, and some of them again."""
        try:
            for message_id in self._chance.sample(self._messages, len(self._messages)):
                for version in range(1, self._chance.choice([2, 2, VERSIONS])):
                    self.exchange_once(message_id, version)
                    self.presses += 1
        finally:
            self.done = True

    def exchange_once(self, message_id: int, version: int) -> None:
        """Held before and let go after, in one transaction or three; or while it is being sent."""
        stop = self._chance.choice([None, *HoldCause])
        at_once = stop is None or self._chance.random() < 0.7
        with suppress(Conflict):  # its last copy left before
            if at_once:
                self._exchange(message_id, version, stop)
                return
            with db.writing():
                hold(message_id, stop)
            try:
                self._exchange(message_id, version, None)
            finally:
                with db.writing():
                    lift_hold(message_id, stop)

    def _exchange(self, message_id: int, version: int, stop: HoldCause | None) -> None:
        with db.writing():
            if stop is not None:
                hold(message_id, stop)
            exchange(message_id, {self._ids[version - 1]: self._ids[version]})
            if stop is not None:
                lift_hold(message_id, stop)
        self.reached[message_id] = version


def hold(message_id: int, cause: HoldCause) -> None:
    """Raises Conflict: it has ended."""
    if cause is HoldCause.REFUSAL:
        new = halt_message(session.connection(), message_id, "550 no")
    else:
        new = hold_message(message_id, cause)
    if not new:
        raise Conflict("it has ended")


def send_what_came_back(messages: Sequence[int], transport: FakeTransport) -> None:
    """What was put off is due, what failed or is in doubt is sent again, and every answer is yes."""
    transport.answer = lambda one: Accepted(one.key)
    with db.writing():
        put_off = update(Delivery).where(Delivery.state == DeliveryState.DEFERRED).values(next_at=clock.now())
        session.execute(put_off, execution_options={"synchronize_session": False})
        for message_id in messages:
            retry_failed(message_id)
            retry_unknown(message_id)
    while drain(transport):
        pass


# It takes a dozen seconds: 3,000 rows, and up to three commits for each of a thousand messages.
def test_the_old_copy_never_leaves_after_the_exchange(
    installation: Settings, rounds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor when it comes back later; everybody has one copy, and the ledger says of which content."""
    world = make_world(people=READERS)
    versions = make_versions(world)
    messages = launch(world, versions, rounds)
    race = Race(messages, versions, random.Random(rounds))
    monkeypatch.setattr(Run, "write", race.watch(Run.write))
    together(race.work, race.press)
    assert race.late == []
    assert race.held_back > 0
    assert race.reached

    during = len(race.transport.sent)
    send_what_came_back(messages, race.transport)
    assert race.late == []
    last = {one.key: version_of(one.message) for one in race.transport.sent}
    with db.reading():
        rows = session.execute(select(Delivery.id, Delivery.message_id, Delivery.content_id, Delivery.state)).all()
    assert {row.state for row in rows} == {DeliveryState.ACCEPTED}
    assert {row.id: versions.index(row.content_id) for row in rows} == last
    message_of = {row.id: row.message_id for row in rows}
    came_back = race.transport.sent[during:]
    assert came_back
    assert all(version_of(one.message) == race.reached[message_of[one.key]] for one in came_back)
    copies = Counter(one.key for one in race.transport.sent)
    assert {key for key, number in copies.items() if number > 1} <= {key for key in last if key % 16 < 3}


class FallsSilent(list[bytes]):
    """The mails that a server took; after the sixtieth it answers nobody any more, until its gate is opened."""

    def __init__(self, gate: threading.Event) -> None:
        super().__init__()
        self._gate = gate

    def append(self, mail: bytes) -> None:
        super().append(mail)
        if len(self) == SILENT_AFTER:
            self._gate.clear()


def test_real_workers_send_no_old_copy_after_the_exchange(installation: Settings) -> None:
    """One is killed afterwards, another goes on: only who was on the wire or had theirs at the exchange has the old."""
    world = make_world(people=PEOPLE)
    versions = make_versions(world)
    (message_id,) = launch(world, versions, 1)
    gate = threading.Event()
    with running(SmtpServer(gate=gate, messages=FallsSilent(gate))) as server:
        with worker(installation, server) as mortal:
            until(lambda: len(server.messages) >= SILENT_AFTER)
            with db.writing():
                waiting = exchange(message_id, {versions[0]: versions[1]})
                old = select(Delivery.recipient_id).where(Delivery.content_id == versions[0])
                may_be_old = set(session.scalars(old))
            assert (waiting + len(may_be_old), waiting > 0) == (PEOPLE, True)
            gate.set()
            until(lambda: len(server.messages) >= PEOPLE - waiting // 2)
            mortal.send_signal(signal.SIGKILL)
            mortal.wait()
        reap()
        with db.writing():
            retry_unknown(message_id)
        with worker(installation, server) as process:
            process.wait(120)
    assert states(message_id) == {"accepted": PEOPLE}
    number_of = {f"reader-{number}@example.net": person for number, person in enumerate(world.people)}
    got = defaultdict(list)
    for raw in server.messages:
        to = _TO.search(raw)
        assert to
        got[number_of[to[1].decode()]].append(version_of(raw))
    assert got.keys() == set(world.people)
    assert {person for person, found in got.items() if 0 in found} <= may_be_old
    assert all(found == sorted(found) for found in got.values())
