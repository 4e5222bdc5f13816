"""A Redis of a test's own, to be killed without harm to anybody else's."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from redis import Redis, RedisError

from tests.conftest import redis_binary


def short_folder() -> Path:
    """A folder whose path leaves room for a socket's name (at most 107 characters on Linux)."""
    return Path(subprocess.check_output(["mktemp", "-d"], text=True).strip())


def wait_for(met: Callable[[], bool]) -> None:
    """Look until ``met``; the limit only ends a test that would hang."""
    deadline = time.monotonic() + 60
    while not met():
        assert time.monotonic() < deadline, "the server does not answer"
        time.sleep(0.02)


@dataclass
class OwnRedis:
    """A Redis that keeps nothing and that no supervisor starts again."""

    folder: Path = field(default_factory=short_folder)
    process: subprocess.Popen[bytes] | None = None

    @property
    def socket(self) -> Path:
        return self.folder / "redis.sock"

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def start(self) -> None:
        options = ("--port", "0", "--unixsocket", str(self.socket), "--save", "", "--dir", str(self.folder))
        self.process = subprocess.Popen([redis_binary(), *options], stdout=subprocess.DEVNULL)
        wait_for(self.answers)

    def kill(self) -> None:
        """SIGKILL; everything in it is gone."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def remove(self) -> None:
        self.kill()
        shutil.rmtree(self.folder)

    def answers(self) -> bool:
        with Redis(unix_socket_path=str(self.socket)) as client:
            try:
                return bool(client.ping())
            except RedisError:
                return False

    def flush(self) -> None:
        with Redis(unix_socket_path=str(self.socket)) as client:
            client.flushall()
