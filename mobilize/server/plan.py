"""Which processes one installation needs, and in which order they end."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from mobilize.core.broker import QUEUES
from mobilize.core.settings import Settings
from mobilize.server import embedded_redis

WEB_PROCESSES = 2


class Stage(IntEnum):
    """What ends together; lower ends first, and the last starts first."""

    WORK = 0
    WEB = 1
    INBOX = 2
    REDIS = 3


# Seconds between SIGTERM and SIGKILL. A worker may be waiting for an answer to what is on the wire.
GRACE = {Stage.WORK: 30.0, Stage.WEB: 10.0, Stage.INBOX: 5.0, Stage.REDIS: 5.0}


@dataclass(frozen=True)
class Child:
    """One process: its name in the output, its command, and the descriptors it inherits.

    The lines of a ``quiet`` one are shown only when it ends by itself.
    """

    name: str
    command: tuple[str, ...]
    stage: Stage
    descriptors: tuple[int, ...] = ()
    quiet: bool = False


def redis(settings: Settings, server: Path) -> Child:
    """The embedded Redis."""
    socket = embedded_redis.socket_path(settings)
    return Child("redis", embedded_redis.command(server, socket, settings.run_dir), Stage.REDIS, quiet=True)


def inbox(settings: Settings, listener: int) -> Child:
    """The dev inbox's SMTP server, on the socket with descriptor ``listener``."""
    options = ("--fd", str(listener), "--folder", str(settings.inbox_dir))
    return Child("inbox", _python("mobilize.inbox.receiver", *options), Stage.INBOX, (listener,))


def web(settings: Settings, listener: int) -> Child:
    """gunicorn on the socket with descriptor ``listener``; without an access log, which would hold tokens."""
    options = {
        "bind": f"fd://{listener}",
        "worker-class": "gthread",
        "workers": str(WEB_PROCESSES),
        "threads": str(settings.web_threads),
        "graceful-timeout": str(int(GRACE[Stage.WEB])),
        "log-level": "warning",
        "logger-class": "mobilize.server.web_log.WebLog",
    }
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    command = _python("gunicorn", "--no-control-socket", *words, "mobilize.app:create_app()")
    return Child("web", command, Stage.WEB, (listener,))


def bounces(settings: Settings, listener: int, *, is_lmtp: bool) -> Child:
    """The receiver of returned mail, on the socket with descriptor ``listener``."""
    feedback = [word for address in settings.feedback for word in ("--feedback", address)]
    lmtp = ["--lmtp"] if is_lmtp else []
    command = _python("mobilize", "bounces", "--fd", str(listener), *lmtp, *feedback)
    return Child("bounces", command, Stage.WEB, (listener,))


def workers(settings: Settings) -> list[Child]:
    """One Celery worker a queue, for bulk mail several; each is a single process that works on one thing at a time."""
    counts = {"bulk": settings.bulk_workers}
    names = [_worker_name(queue, number) for queue in QUEUES for number in range(1, counts.get(queue, 1) + 1)]
    return [Child(name, _worker(queue, name), Stage.WORK) for queue, name in names]


def _worker_name(queue: str, number: int) -> tuple[str, str]:
    """The queue, and the worker's name: ``bulk``, ``bulk-2``, …"""
    return queue, queue if number == 1 else f"{queue}-{number}"


def beat() -> Child:
    """The clock; it keeps nothing on disk."""
    return Child("beat", _celery("beat", "--pidfile="), Stage.WORK)


def _worker(queue: str, name: str) -> tuple[str, ...]:
    quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat")
    return _celery("worker", "--pool=solo", f"--queues={queue}", f"--hostname={name}@%h", *quiet)


def _celery(*words: str) -> tuple[str, ...]:
    return _python("celery", "--quiet", "--app", "celery_config", *words, "--loglevel=WARNING")


def _python(module: str, *words: str) -> tuple[str, ...]:
    return (sys.executable, "-m", module, *words)
