"""What a batch costs the database, and what happens when it cannot be written."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import Connection, event
from sqlalchemy.exc import OperationalError

from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.core.settings import Settings
from mobilize.delivery.models import MessageState, Recipient, Stream
from mobilize.delivery.sending import claims, held_rows
from mobilize.delivery.sending.claims import Claimed, Hold
from mobilize.delivery.sending.prepared import Prepared
from mobilize.delivery.sending.rendering import Renderer
from mobilize.delivery.sending.single import Single
from mobilize.delivery.sending.windows import Results, Run, connect
from mobilize.delivery.service import send
from tests.delivery.engine_world import FakeTransport, World, drain, groups, make_world, states


@pytest.fixture
def world(installation: Settings) -> World:
    """Forty people on a list."""
    return make_world(people=40)


@contextmanager
def counting() -> Iterator[list[str]]:
    """The statements that this process sends within the block."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith("PRAGMA"):
            seen.append(statement)

    run = Prepared.run

    def note_and_run(statement: Prepared, connection: Connection, values: Mapping[str, object]) -> object:
        seen.append("prepared")
        return run(statement, connection, values)

    send = Single.send

    def note_and_send(statement: Single, connection: Connection, values: Mapping[str, object]) -> object:
        seen.append("single")
        return send(statement, connection, values)

    event.listen(db.engine(), "before_cursor_execute", note)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Prepared, "run", note_and_run)
            patch.setattr(Single, "send", note_and_send)
            yield seen
    finally:
        event.remove(db.engine(), "before_cursor_execute", note)


def begins_apart(statements: list[str]) -> list[str]:
    return [one for one in statements if not one.startswith("BEGIN")]


def test_a_claim_costs_the_same_whatever_its_size(world: World) -> None:
    """4 people or 40 in one window: the number of statements is equal, so none is asked per recipient.

    Two are the owner's lock on PostgreSQL, once a drain.
    """
    small, costs = make_world(people=4), []
    for one in (small, world):
        message_id = one.launch()
        with counting() as seen:
            drain(FakeTransport(), window=len(one.people))
        assert groups(message_id).accepted == len(one.people)
        costs.append(len(begins_apart(seen)))
    assert costs[0] == costs[1] <= 22


def test_a_window_costs_two_statements(world: World) -> None:
    """Eight windows of five instead of one: for each the previous results and the next attempts, nothing else.

    On PostgreSQL both are one statement.
    """
    renderer = Renderer()
    world.launch()
    drain(FakeTransport(), renderer=renderer)
    counts = []
    for window in (40, 5):
        world.launch()
        with counting() as seen:
            drain(FakeTransport(), renderer=renderer, window=window)
        counts.append(len(begins_apart(seen)))
    assert counts[1] - counts[0] == 7 * (2 if db.is_sqlite() else 1)


def test_rows_are_counted_once_nobody_holds_any(world: World) -> None:
    """Of two workers that end a mailing, one after the other, only the last reads all of its rows."""
    message_id, now = world.launch(), clock.now()
    other = Hold("another worker")
    with connect() as connection, connection.begin():
        held = [row.id for row in claims.claim(connection, Stream.BULK, other, 1, now, now + timedelta(minutes=1))]
    with counting() as early:
        drain(FakeTransport())
    assert states(message_id) == {"accepted": 39, "claimed": 1}
    with connect() as connection, connection.begin():
        held_rows.release(connection, other, held, now)
        held_rows.end(connection, other, held)
    with counting() as late:
        drain(FakeTransport())
    assert [sum("count(" in statement for statement in seen) for seen in (early, late)] == [0, 1]
    assert groups(message_id).state is MessageState.FINISHED


def test_transactional_mail_costs_no_statement_a_mail(world: World) -> None:
    """Forty messages of one row each are loaded, sent and finished with as many statements as four."""
    costs = []
    facts = {"lists": "News", "action_url": "https://example.org/c/1"}
    for people in (4, 40):
        with db.writing():
            for number in world.people[:people]:
                person = session.get_one(Recipient, number)
                send(
                    "signup/confirm",
                    organisation=world.organisation,
                    language="en",
                    recipient=person,
                    anchor="s:1",
                    facts=facts,
                )
        with counting() as seen:
            drain(FakeTransport(), Stream.TRANSACTIONAL, window=people)
        costs.append(len(begins_apart(seen)))
    assert costs[0] == costs[1]


def test_a_full_disk_stops_sending_before_data(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The window that cannot be committed does not leave; with space again everyone gets one copy."""
    message_id = world.launch()
    full = {"disk": True}
    write = Run.write

    def failing(run: Run, rows: Sequence[Claimed], found: Sequence[Results]) -> object:
        if rows and full["disk"] and len(transport.sent) >= 16:
            raise OperationalError("UPDATE", {}, Exception("database or disk is full"))
        return write(run, rows, found)

    monkeypatch.setattr(Run, "write", failing)
    transport = FakeTransport()
    deadline = iter([False] * 40 + [True] * 1000)
    drain(transport, window=8, stop=lambda: next(deadline))
    assert len(transport.sent) == 16
    assert states(message_id) == {"accepted": 16, "pending": 24}
    full["disk"] = False
    drain(transport)
    assert len(set(transport.readers)) == len(transport.sent) == 40


def test_a_ledger_that_cannot_grow_stops_sending(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system itself refuses to write its log until it was tried three times: then each mail leaves once."""
    if not db.is_sqlite():
        pytest.skip("PostgreSQL writes in processes of its own")
    message_id, transport, tries = world.launch(), FakeTransport(), count(1)
    log = Path(f"{db.engine().url.database}-wal")
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    sent_before_there_was_space: list[int] = []

    def fill(sent: int) -> None:
        if sent == 12:
            resource.setrlimit(resource.RLIMIT_FSIZE, (log.stat().st_size, usual[1]))

    def wait(_seconds: float) -> None:
        if next(tries) == 3:
            sent_before_there_was_space.append(len(transport.sent))
            resource.setrlimit(resource.RLIMIT_FSIZE, usual)

    monkeypatch.setattr("mobilize.delivery.sending.windows.time", SimpleNamespace(monotonic=time.monotonic, sleep=wait))
    transport.before = fill
    try:
        drain(transport, window=8)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
    assert sent_before_there_was_space == [16]
    assert len(set(transport.readers)) == len(transport.sent) == 40
    assert states(message_id) == {"accepted": 40}


def test_results_wait_for_space(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the server accepted while nothing could be written is written once that is possible."""
    message_id = world.launch()
    write, tries = Run.write, iter([True, True, False])

    def failing(run: Run, rows: Sequence[Claimed], found: Sequence[Results]) -> object:
        if found and next(tries, False):
            raise OperationalError("UPDATE", {}, Exception("database or disk is full"))
        return write(run, rows, found)

    monkeypatch.setattr(Run, "write", failing)
    monkeypatch.setattr("mobilize.delivery.sending.windows._RECORD_AGAIN_AFTER", 0.01)
    transport = FakeTransport()
    drain(transport, window=100)
    assert len(transport.sent) == 40
    assert states(message_id) == {"accepted": 40}


def test_groups_sum_whenever_they_are_read(world: World) -> None:
    """Before, between any two messages, and after: the groups add up to what was counted at launch."""
    message_id = world.launch()
    sums: list[tuple[int, int | None]] = []

    def read(_count: int) -> None:
        found = groups(message_id)
        sums.append((found.total, found.audience))

    read(0)
    drain(FakeTransport(before=read), window=3)
    read(0)
    assert set(sums) == {(40, 40)}
    assert groups(message_id).accepted == 40
