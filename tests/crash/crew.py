"""The workers of an installation as `mobilize up` starts them: real Celery processes, and a beat for their clock."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from mobilize.core import doorbell, startup
from mobilize.core.settings import Settings, load
from mobilize.server import plan
from tests.crash.own_redis import OwnRedis
from tests.smtp_server import SmtpServer


def environment_of(settings_environ: dict[str, str]) -> dict[str, str]:
    """The variables of a process of this installation and of no other."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("MOBILIZE_")},
        **settings_environ,
    }


@contextmanager
def on_duty(settings: Settings, server: SmtpServer, *queues: str) -> Iterator[Crew]:
    """A crew on a test's installation, with a Redis of its own where nobody else's bells hang."""
    redis = OwnRedis()
    redis.start()
    environ = {
        "MOBILIZE_DATA_DIR": str(settings.data_dir),
        "MOBILIZE_DATABASE_URL": settings.database_url,
        "MOBILIZE_REDIS_URL": redis.url,
        "MOBILIZE_SMTP_URL": f"{server.url}?starttls=off",
    }
    crew = Crew(environ, settings.data_dir, queues)
    startup.connect(load(environ))
    crew.start()
    try:
        yield crew
    finally:
        crew.stop()
        redis.remove()


@dataclass
class Crew:
    """One process for each of ``queues``; their output goes to files in ``folder``."""

    environ: dict[str, str]
    folder: Path
    queues: Sequence[str]
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self) -> None:
        """Start all; it does not wait until they are ready."""
        numbers: Counter[str] = Counter()
        for queue in self.queues:
            numbers[queue] += 1
            self.processes.append(self._started(queue, f"{queue}-{numbers[queue]}"))

    def kill(self) -> None:
        """SIGKILL to all at once. Each must have lived until then."""
        ended = [process.args for process in self.processes if process.poll() is not None]
        assert not ended, f"ended by itself: {ended}"
        self._signal(signal.SIGKILL)

    def stop(self) -> list[int]:
        """SIGTERM, and wait for what they are doing; how each ended."""
        return self._signal(signal.SIGTERM)

    def ring_clock(self) -> None:
        """What beat does every few seconds, unless its last bell was not answered yet."""
        if not doorbell.is_waiting("background"):
            doorbell.ring(doorbell.TICK, queue="background")

    def said(self) -> str:
        """Everything that they printed."""
        return "".join(path.read_text(errors="replace") for path in sorted(self.folder.glob("*.log")))

    def until(self, met: Callable[[], bool], *, clock: bool = True, look_every: float = 0.05) -> None:
        """Look until ``met``, while the clock ticks or stands; the limit only ends a test that would hang."""
        deadline = time.monotonic() + 120
        while not met():
            assert time.monotonic() < deadline, self.said()
            if clock:
                self.ring_clock()
            time.sleep(look_every)

    def _signal(self, number: signal.Signals) -> list[int]:
        for process in self.processes:
            process.send_signal(number)
        ends = [_end(process) for process in self.processes]
        self.processes.clear()
        return ends

    def _started(self, queue: str, name: str) -> subprocess.Popen[bytes]:
        command = next(child.command for child in plan.workers(load(self.environ)) if child.name == queue)
        words = [f"--hostname={name}@%h" if word.startswith("--hostname=") else word for word in command]
        with (self.folder / f"{name}.log").open("ab") as output:
            return subprocess.Popen(words, env=environment_of(self.environ), stdout=output, stderr=output)


def _end(process: subprocess.Popen[bytes]) -> int:
    """How it ended; one that does not within a minute is killed."""
    try:
        return process.wait(60)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()
