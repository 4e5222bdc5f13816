"""Limits on how often something may be tried, counted in Redis and, while it is away, in this process's memory.

Keys are blind indexes or daily-salted hashes: no counter holds an address of a person or a machine.
"""

from __future__ import annotations

import structlog
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import FixedWindowRateLimiter
from redis import RedisError

from mobilize.core.broker import ANSWER_TIMEOUT, CONNECT_TIMEOUT
from mobilize.core.security_events import SecurityEvent, note
from mobilize.core.settings import Settings

log = structlog.get_logger(__name__)

_memory = FixedWindowRateLimiter(MemoryStorage())
_redis: FixedWindowRateLimiter | None = None


def connect(settings: Settings) -> None:
    """Count in this Redis in this process; nothing is contacted yet."""
    global _redis
    storage = RedisStorage(settings.redis_url, socket_connect_timeout=CONNECT_TIMEOUT, socket_timeout=ANSWER_TIMEOUT)
    _redis = FixedWindowRateLimiter(storage)


def allow(name: str, key: bytes, limit: str, *, cost: int = 1) -> bool:
    """Count a try of ``name`` by ``key``; false when ``limit`` (``"5/hour"``) is used up."""
    allowed = _hit(parse(limit), name, key.hex(), cost)
    if not allowed:
        note(SecurityEvent.LIMIT_REACHED, limit=name)
    return allowed


def _hit(item: RateLimitItem, name: str, key: str, cost: int) -> bool:
    if _redis is not None:
        try:
            return bool(_redis.hit(item, name, key, cost=cost))
        except RedisError as error:
            log.warning("limits.in_memory", error=type(error).__name__)
    return bool(_memory.hit(item, name, key, cost=cost))


def clear(name: str, key: bytes, limit: str) -> None:
    """Forget what ``key`` tried of ``name`` under ``limit``."""
    item = parse(limit)
    _memory.clear(item, name, key.hex())
    if _redis is not None:
        try:
            _redis.clear(item, name, key.hex())
        except RedisError as error:
            log.warning("limits.uncleared", error=type(error).__name__)


def forget() -> None:
    """Start counting anew, here and in Redis (for tests)."""
    for limiter in (_memory, _redis):
        if limiter is not None:
            limiter.storage.reset()
