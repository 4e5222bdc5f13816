"""How every process talks to Redis: short timeouts, ids only, one place for the broker's address and queues."""

from __future__ import annotations

import time

from redis import Redis, RedisError
from redis.exceptions import TimeoutError as NoAnswer

from mobilize.core.settings import Settings

STREAMS = ("transactional", "urgent", "bulk")
BACKGROUND = "background"
QUEUES = (*STREAMS, BACKGROUND)

# A visitor waits at most this long, in seconds, for a Redis that is away; the next ask it again after some.
CONNECT_TIMEOUT = 0.5
ANSWER_TIMEOUT = 1.0
ASK_AGAIN = 5.0

_client: Redis | None = None
_silent_until = 0.0


def queue_of(stream: str) -> str:
    """The queue whose worker drains a stream: its own, or the background worker's where it has none (``targets``)."""
    return stream if stream in STREAMS else BACKGROUND


def celery_url(redis_url: str) -> str:
    """The same Redis in kombu's spelling (a unix socket is ``redis+socket://``)."""
    return redis_url.replace("unix://", "redis+socket://", 1)


def connect(settings: Settings) -> None:
    """Use this Redis for counters and limits in this process; nothing is contacted yet."""
    global _client, _silent_until
    _silent_until = 0.0
    _client = Redis.from_url(settings.redis_url, socket_connect_timeout=CONNECT_TIMEOUT, socket_timeout=ANSWER_TIMEOUT)


def is_silent() -> bool:
    """Whether Redis gave no answer a moment ago: what can do without it does not wait for it once more.

    One request counts a client, its network and a mailbox, some of it under SQLite's write lock.
    """
    return time.monotonic() < _silent_until


def note_failure(error: RedisError) -> None:
    """Remember that Redis gave no answer in time; one that refused at once costs nobody any time."""
    global _silent_until
    if isinstance(error, NoAnswer):
        _silent_until = time.monotonic() + ASK_AGAIN


def redis() -> Redis:
    """The process's client; every use has to expect ``redis.RedisError``."""
    if _client is None:
        raise RuntimeError("broker.connect was not called")
    return _client
