"""Limits on how often something may be tried, counted in Redis and, while it is away, in this process's memory.

Keys are blind indexes or daily-salted hashes: no counter holds an address of a person or a machine.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from mobilize.core import feature
from mobilize.core.security_events import SecurityEvent, note
from mobilize.core.settings import Settings

if TYPE_CHECKING:
    from mobilize.core.counters import Counters

_redis_url: str | None = None
_counters: Counters | None = None
_making = Lock()


def connect(settings: Settings) -> None:
    """Count in this Redis in this process; nothing is contacted yet."""
    global _redis_url, _counters
    with _making:
        _redis_url, _counters = settings.redis_url, None


def allow(name: str, key: bytes, limit: str, *, cost: int = 1) -> bool:
    """Count a try of ``name`` by ``key``; false when ``limit`` (``"5/hour"``) is used up."""
    allowed = _in_use().hit(limit, name, key.hex(), cost)
    if not allowed:
        note(SecurityEvent.LIMIT_REACHED, limit=name)
    return allowed


def clear(name: str, key: bytes, limit: str) -> None:
    """Forget what ``key`` tried of ``name`` under ``limit``."""
    _in_use().clear(limit, name, key.hex())


def forget() -> None:
    """Start counting anew, here and in Redis (for tests)."""
    _in_use().reset()


def _in_use() -> Counters:
    global _counters
    with _making:
        if _counters is None:
            _counters = feature.load("mobilize.core.counters:Counters")(_redis_url)
        return _counters
