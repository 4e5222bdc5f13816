"""Worker processes to be killed and stopped, and what the clock does about them."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil

from mobilize.core import clock, db
from mobilize.core.settings import Settings
from mobilize.delivery.sending.leases import LEASE
from mobilize.delivery.sending.upkeep import reap_expired_leases
from mobilize.delivery.smtp.connections import LIMIT
from tests.smtp_server import SmtpServer

IN_DOUBT = LIMIT
"""Rows that one dead worker may leave in doubt: one a connection."""


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
    """Look again and again until it is so; the limit only ends a test that would hang."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "nothing happened for a minute"
        time.sleep(0.005)


def until_quiet(process: subprocess.Popen[str], server: SmtpServer) -> None:
    """Wait for a worker that gets no answers to have done all it can without them, and to sleep over its sockets."""
    worker = psutil.Process(process.pid)

    def so_far() -> tuple[int, float]:
        times = worker.cpu_times()
        return len(server.batches), times.user + times.system

    def still() -> bool:
        before = so_far()
        time.sleep(0.3)
        return so_far() == before and worker.status() == psutil.STATUS_SLEEPING

    until(still)


def stop_between_units(process: subprocess.Popen[str], settings: Settings) -> None:
    """SIGSTOP at a moment when it holds nothing: SQLite's only lock, held by a stopped process, stops everybody."""
    _stop(process)
    while not _may_write(settings):
        process.send_signal(signal.SIGCONT)
        time.sleep(0.01)
        _stop(process)


def _stop(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGSTOP)
    until(lambda: psutil.Process(process.pid).status() == psutil.STATUS_STOPPED)


def _may_write(settings: Settings) -> bool:
    """Whether nobody holds the lock of the SQLite database; PostgreSQL has none that would hold up others."""
    if not db.is_sqlite():
        return True
    connection = sqlite3.connect(settings.data_dir / "mobilize.db", timeout=0, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError:
        return False
    finally:
        connection.close()
    return True


def reap() -> None:
    """As the tick does once the lease of a dead worker is over."""
    with db.writing():
        reap_expired_leases(clock.now() + LEASE * 2)
