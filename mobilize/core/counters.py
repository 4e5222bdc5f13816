"""Where tries are counted: in Redis and, while it is away, in this process's memory; loaded with the first try.

Importing ``limits`` takes a tenth of a command's start, and commands count nothing.
"""

from __future__ import annotations

import structlog
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import FixedWindowRateLimiter
from redis import RedisError

from mobilize.core import broker, clock
from mobilize.core.broker import ANSWER_TIMEOUT, CONNECT_TIMEOUT

log = structlog.get_logger(__name__)


class Counters:
    """Fixed windows; nothing is contacted before the first try."""

    def __init__(self, redis_url: str | None) -> None:
        self._memory = FixedWindowRateLimiter(MemoryStorage())
        self._redis = None if redis_url is None else FixedWindowRateLimiter(_storage(redis_url))

    def hit(self, limit: str, name: str, key: str, cost: int) -> bool:
        """Count; whether it was within the limit."""
        item = parse(limit)
        key = _in_window(item, key)
        if self._redis is not None and not broker.is_silent():
            try:
                return bool(self._redis.hit(item, name, key, cost=cost))
            except RedisError as error:
                broker.note_failure(error)
                log.warning("limits.in_memory", error=type(error).__name__)
        return bool(self._memory.hit(item, name, key, cost=cost))

    def clear(self, limit: str, name: str, key: str) -> None:
        """Forget one count."""
        item = parse(limit)
        key = _in_window(item, key)
        self._memory.clear(item, name, key)
        if self._redis is not None and not broker.is_silent():
            try:
                self._redis.clear(item, name, key)
            except RedisError as error:
                broker.note_failure(error)
                log.warning("limits.uncleared", error=type(error).__name__)

    def reset(self) -> None:
        """Forget every count."""
        for limiter in (self._memory, self._redis):
            if limiter is not None:
                limiter.storage.reset()


def _in_window(item: RateLimitItem, key: str) -> str:
    """The key by which ``key`` is counted: in a rehearsal it names the window of the moved clock.

    Redis ends a count when its window is over by the machine's time, which a rehearsal moves not.
    """
    return f"{key}:{int(clock.now().timestamp() // item.get_expiry())}" if clock.is_rehearsed() else key


def _storage(redis_url: str) -> RedisStorage:
    return RedisStorage(redis_url, socket_connect_timeout=CONNECT_TIMEOUT, socket_timeout=ANSWER_TIMEOUT)
