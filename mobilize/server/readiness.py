"""Whether the whole service stands: database, Redis, a live worker for each queue, a recent tick."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from redis import RedisError
from sqlalchemy.exc import SQLAlchemyError

from mobilize.core import broker, heartbeat

TICK_MAY_BE_OLD = 60.0


@dataclass(frozen=True)
class Readiness:
    """``workers`` says for each queue whether somebody serves it; ``tick_age`` is in seconds, None for never."""

    database: bool
    redis: bool
    workers: dict[str, bool]
    tick_age: float | None

    @property
    def missing(self) -> list[str]:
        """Names of what is not there, in the order in which to look."""
        parts = {"database": self.database, "redis": self.redis}
        parts |= {f"worker:{queue}": lives for queue, lives in self.workers.items()}
        parts["tick"] = self.tick_age is not None and self.tick_age < TICK_MAY_BE_OLD
        return [name for name, is_there in parts.items() if not is_there]


def look(now: datetime) -> Readiness:
    """Ask every part, within a database unit; what does not answer counts as missing."""
    try:
        live, last = heartbeat.live_queues(now), heartbeat.last_tick()
        database = True
    except SQLAlchemyError:
        live, last, database = set(), None, False
    return Readiness(
        database=database,
        redis=_redis_answers(),
        workers={queue: queue in live for queue in broker.QUEUES},
        tick_age=max(0.0, round((now - last).total_seconds(), 1)) if last else None,
    )


def _redis_answers() -> bool:
    try:
        return bool(broker.redis().ping())
    except RedisError:
        return False
