"""Wakes workers after a commit. A bell says only "look": what to do stands in the database.

A lost bell costs one tick, never a mail; so a Redis that is away is logged and otherwise ignored.
"""

from __future__ import annotations

import structlog
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from mobilize.core import broker, db
from mobilize.core.bell_message import bell_message
from mobilize.core.broker import ANSWER_TIMEOUT, CONNECT_TIMEOUT
from mobilize.core.settings import Settings

log = structlog.get_logger(__name__)

DRAIN = "tasks.delivery.drain"
TICK = "tasks.clock.tick"
LAUNCH = "tasks.mailings.launch"

_client: Redis | None = None


def connect(settings: Settings) -> None:
    """Ring through this Redis in this process; nothing is contacted yet.

    One more try: the first may find a connection that a restarted Redis no longer knows.
    """
    global _client
    _client = Redis.from_url(
        settings.redis_url,
        socket_connect_timeout=CONNECT_TIMEOUT,
        socket_timeout=ANSWER_TIMEOUT,
        retry=Retry(NoBackoff(), 1),
    )


def wake(stream: str) -> None:
    """After the current unit's commit, wake the workers of a stream."""
    db.after_commit((DRAIN, stream), lambda: ring(DRAIN, stream, queue=broker.queue_of(stream)))


def wake_clock() -> None:
    """After the current unit's commit, have the clock make its next pass now."""
    db.after_commit((TICK,), lambda: ring(TICK, queue="background"))


def is_waiting(queue: str) -> bool:
    """Whether a bell hangs in ``queue`` that nobody has answered yet: one more would say nothing new."""
    try:
        return bool(broker.redis().llen(queue))
    except RedisError:
        return False


def ring(task: str, *arguments: str, queue: str) -> bool:
    """Send one wake-up now; whether it was handed over."""
    if _client is None:
        return False
    try:
        _client.lpush(queue, bell_message(task, arguments, queue))
    except (RedisError, OSError) as error:
        log.warning("doorbell.unheard", task=task, queue=queue, error=type(error).__name__)
        return False
    return True
