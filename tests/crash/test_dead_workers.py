"""Real workers, really killed and stopped; what the SMTP server saw is the judge."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from mobilize.core import broker, clock, db
from mobilize.core.db import session
from mobilize.core.settings import Settings
from mobilize.delivery.models import Delivery, MessageState
from mobilize.delivery.retries import retry_unknown
from mobilize.delivery.sending.upkeep import finish, take_over
from tests.crash.workers import IN_DOUBT, reap, stop_between_units, until, until_quiet, worker
from tests.delivery.engine_world import groups, make_world
from tests.smtp_server import SmtpServer, running

pytestmark = [pytest.mark.crash, pytest.mark.timeout(300)]

PEOPLE = 300


def ledger(message_id: int) -> list[tuple[object, ...]]:
    """Every column of every row."""
    with db.reading():
        rows = select(*Delivery.__table__.c).where(Delivery.message_id == message_id).order_by(Delivery.id)
        return [tuple(row) for row in session.execute(rows)]


@pytest.fixture
def server(installation: Settings) -> Iterator[SmtpServer]:
    """A server slow enough to be interrupted."""
    with running(SmtpServer(delay=0.002)) as server:
        yield server


def test_killed_in_the_middle_nobody_is_missing(installation: Settings, server: SmtpServer) -> None:
    """kill -9 twice: everyone has one copy or is listed as unknown; sent again on purpose, everyone has one."""
    message_id = make_world(people=PEOPLE).launch()
    for share in (PEOPLE // 4, PEOPLE // 2):
        with worker(installation, server) as process:
            until(lambda share=share: len(server.messages) >= share)  # type: ignore[misc]
            process.send_signal(signal.SIGKILL)
            process.wait()
        reap()
    with worker(installation, server) as process:
        process.wait(120)
    finish(clock.now())
    found, copies = groups(message_id), server.copies()
    assert found.state is MessageState.FINISHED
    assert found.total == found.audience == PEOPLE
    assert found.accepted + found.unknown == PEOPLE
    assert found.unknown <= 2 * IN_DOUBT
    assert max(copies.values()) == 1
    assert found.accepted <= len(copies) <= PEOPLE
    with db.writing():
        again = retry_unknown(message_id)
    assert again == found.unknown
    with worker(installation, server) as process:
        process.wait(120)
    assert groups(message_id).accepted == PEOPLE
    assert len(server.copies()) == PEOPLE
    assert sum(server.copies().values()) - PEOPLE <= again


def test_a_killed_worker_is_replaced_at_once(installation: Settings, server: SmtpServer) -> None:
    """Its lock dies with it: within 5 seconds, and long before its lease, its rows are somebody else's."""
    message_id = make_world(people=PEOPLE).launch()
    with worker(installation, server) as process:
        until(lambda: len(server.messages) >= PEOPLE // 4)
        assert take_over(clock.now()) == 0
        process.send_signal(signal.SIGKILL)
        process.wait()
    began = time.monotonic()
    until(lambda: take_over(clock.now()) > 0)
    assert time.monotonic() - began < 5
    assert take_over(clock.now()) == 0
    with worker(installation, server) as process:
        process.wait(120)
    found = groups(message_id)
    assert (found.state, found.accepted + found.unknown) == (MessageState.FINISHED, PEOPLE)
    assert found.unknown <= IN_DOUBT
    assert set(server.copies().values()) == {1}


def test_a_stopped_worker_is_no_dead_one(installation: Settings, server: SmtpServer) -> None:
    """SIGSTOP: it keeps its lock, and its rows, until its lease is over."""
    make_world(people=PEOPLE).launch()
    with worker(installation, server) as process:
        until(lambda: len(server.messages) >= PEOPLE // 4)
        stop_between_units(process, installation)
        looked = [take_over(clock.now() + timedelta(seconds=80)) for _again in range(3) if not time.sleep(0.8)]
        assert looked == [0, 0, 0]
        process.send_signal(signal.SIGCONT)
        process.wait(120)
    assert len(server.copies()) == PEOPLE


def test_stopped_past_its_lease_it_sends_nothing_more(installation: Settings, server: SmtpServer) -> None:
    """SIGSTOP; what it asked for piles up, another takes over; SIGCONT: no body leaves, no row moves."""
    message_id = make_world(people=PEOPLE).launch()
    with worker(installation, server, idle_passes=1, lease=8) as sleeper:
        until(lambda: len(server.messages) >= 20)
        server.gate.clear()
        until_quiet(sleeper, server)
        stop_between_units(sleeper, installation)
        server.gate.set()
        time.sleep(8.5)
        reap()
        with worker(installation, server) as process:
            process.wait(120)
        found, before, heard, sent = groups(message_id), ledger(message_id), len(server.batches), len(server.messages)
        assert server.commands.count("DATA") > sent  # it was asked for bodies while it was stopped
        sleeper.send_signal(signal.SIGCONT)
        sleeper.wait(60)
    assert b"Subject:" not in b"".join(server.batches[heard:])
    assert len(server.messages) == sent
    assert ledger(message_id) == before
    assert found.accepted + found.unknown == PEOPLE
    assert set(server.copies().values()) == {1}


def test_an_emptied_redis_loses_no_mail(installation: Settings, server: SmtpServer) -> None:
    """FLUSHALL in the middle: bells are lost, rows are not, and nobody gets a second copy."""
    message_id = make_world(people=PEOPLE).launch()
    with worker(installation, server) as process:
        until(lambda: len(server.messages) >= PEOPLE // 3)
        broker.redis().flushall()
        process.wait(120)
    assert groups(message_id).accepted == PEOPLE
    assert set(server.copies().values()) == {1}
    assert len(server.copies()) == PEOPLE


def test_two_workers_share_without_a_second_copy(installation: Settings, server: SmtpServer) -> None:
    """Two processes drain one mailing at once; everyone gets one copy."""
    message_id = make_world(people=PEOPLE).launch()
    with worker(installation, server) as first, worker(installation, server) as second:
        first.wait(120)
        second.wait(120)
    assert groups(message_id).accepted == PEOPLE
    assert set(server.copies().values()) == {1}


def test_an_absent_server_delays_only(installation: Settings, server: SmtpServer) -> None:
    """While nothing listens, every row waits unharmed; later all leave."""
    message_id = make_world(people=20).launch()
    with worker(installation, replace(server, port=1), idle_passes=2) as process:
        process.wait(60)
    assert groups(message_id).pending == 20
    with worker(installation, server) as process:
        process.wait(120)
    assert groups(message_id).accepted == 20
