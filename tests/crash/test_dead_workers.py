"""Real workers, really killed and stopped; what the SMTP server saw is the judge."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from mobilize.core import broker, clock, db
from mobilize.core.settings import Settings
from mobilize.delivery.models import MessageState
from mobilize.delivery.retries import retry_unknown
from mobilize.delivery.sending.leases import LEASE
from mobilize.delivery.sending.pipeline import WINDOW
from mobilize.delivery.sending.upkeep import finish, reap_expired_leases
from mobilize.delivery.smtp.connections import LIMIT
from tests.delivery.engine_world import groups, make_world
from tests.smtp_server import SmtpServer, running

pytestmark = [pytest.mark.crash, pytest.mark.timeout(300)]

PEOPLE = 300


@pytest.fixture
def server(installation: Settings) -> Iterator[SmtpServer]:
    """A server slow enough to be interrupted."""
    with running(SmtpServer(delay=0.002)) as server:
        yield server


def received(server: SmtpServer) -> Counter[str]:
    """How many copies each reader's server took."""
    to = (re.search(rb"^To: .*?([\w.-]+@[\w.-]+)>?\r$", message, re.MULTILINE) for message in list(server.messages))
    return Counter(found[1].decode() for found in to if found)


@contextmanager
def worker(
    settings: Settings, server: SmtpServer, idle_passes: int = 3, lease: int = 90
) -> Iterator[subprocess.Popen[str]]:
    """A worker process, killed at the end of the block if it still lives."""
    environ = {
        **os.environ,
        "MOBILIZE_DATA_DIR": str(settings.data_dir),
        "MOBILIZE_DATABASE_URL": settings.database_url,
        "MOBILIZE_REDIS_URL": settings.redis_url,
        "MOBILIZE_SMTP_URL": server.url,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.crash.worker_process", str(idle_passes), str(lease)],
        env=environ,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "nothing happened for a minute"
        time.sleep(0.005)


def reap() -> None:
    """As the tick does once the lease of a dead worker is over."""
    with db.writing():
        reap_expired_leases(clock.now() + LEASE * 2)


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
    found, copies = groups(message_id), received(server)
    assert found.state is MessageState.FINISHED
    assert found.total == found.audience == PEOPLE
    assert found.accepted + found.unknown == PEOPLE
    assert found.unknown <= 2 * (WINDOW + LIMIT)
    assert max(copies.values()) == 1
    assert found.accepted <= len(copies) <= PEOPLE
    with db.writing():
        again = retry_unknown(message_id)
    assert again == found.unknown
    with worker(installation, server) as process:
        process.wait(120)
    assert groups(message_id).accepted == PEOPLE
    assert len(received(server)) == PEOPLE
    assert sum(received(server).values()) - PEOPLE <= again


def test_stopped_past_its_lease_it_sends_nothing_more(installation: Settings, server: SmtpServer) -> None:
    """SIGSTOP, another worker takes over, SIGCONT: no second copy, and what the other wrote stays."""
    message_id = make_world(people=PEOPLE).launch()
    with worker(installation, server, idle_passes=1, lease=8) as sleeper:
        until(lambda: len(server.messages) >= 20)
        sleeper.send_signal(signal.SIGSTOP)
        time.sleep(8.5)
        reap()
        with worker(installation, server) as process:
            process.wait(120)
        before, sent = groups(message_id), len(server.messages)
        sleeper.send_signal(signal.SIGCONT)
        sleeper.wait(60)
    assert groups(message_id) == before
    assert len(server.messages) == sent
    assert before.accepted + before.unknown == PEOPLE
    assert sum(received(server).values()) <= PEOPLE + before.unknown


def test_an_emptied_redis_loses_no_mail(installation: Settings, server: SmtpServer) -> None:
    """FLUSHALL in the middle: bells are lost, rows are not, and nobody gets a second copy."""
    message_id = make_world(people=PEOPLE).launch()
    with worker(installation, server) as process:
        until(lambda: len(server.messages) >= PEOPLE // 3)
        broker.redis().flushall()
        process.wait(120)
    assert groups(message_id).accepted == PEOPLE
    assert set(received(server).values()) == {1}
    assert len(received(server)) == PEOPLE


def test_two_workers_share_without_a_second_copy(installation: Settings, server: SmtpServer) -> None:
    """Two processes drain one mailing at once; everyone gets one copy."""
    message_id = make_world(people=PEOPLE).launch()
    with worker(installation, server) as first, worker(installation, server) as second:
        first.wait(120)
        second.wait(120)
    assert groups(message_id).accepted == PEOPLE
    assert set(received(server).values()) == {1}


def test_an_absent_server_delays_only(installation: Settings, server: SmtpServer) -> None:
    """While nothing listens, every row waits unharmed; later all leave."""
    message_id = make_world(people=20).launch()
    with worker(installation, replace(server, port=1), idle_passes=2) as process:
        process.wait(60)
    assert groups(message_id).pending == 20
    with worker(installation, server) as process:
        process.wait(120)
    assert groups(message_id).accepted == 20
