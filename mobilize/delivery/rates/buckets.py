"""Where tokens are kept: in Redis, taken by one script for all workers, or in this process's memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from redis import Redis

from mobilize.delivery.rates.rules import CLOCK_STEP, Level, capacity, granted, refilled

_TAKE = """
local now, left, kept_back = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local levels = {}
for i, key in ipairs(KEYS) do
  local rate, full = tonumber(ARGV[2 + 2 * i]), tonumber(ARGV[3 + 2 * i])
  local held = redis.call('HMGET', key, 'tokens', 'at')
  local tokens, at = tonumber(held[1]) or full, tonumber(held[2]) or now
  if at > now + tonumber(ARGV[#ARGV]) then at = now end
  levels[i] = {math.min(full, tokens + math.max(0, now - at) * rate), math.max(at, now)}
  left = math.min(left, math.floor(levels[i][1] - kept_back * full))
end
left = math.max(left, 0)
for i, key in ipairs(KEYS) do
  redis.call('HSET', key, 'tokens', tostring(levels[i][1] - left), 'at', string.format('%.6f', levels[i][2]))
  redis.call('EXPIRE', key, 3600)
end
return left
"""


@dataclass(frozen=True, slots=True)
class Bucket:
    """A name for what is limited, and how many mails a second it lets go."""

    key: str
    rate: float


@dataclass(frozen=True, slots=True)
class Demand:
    """So many mails want a token of each of these buckets; ``kept_back`` is the part of them that has to stay."""

    buckets: tuple[Bucket, ...]
    wanted: int
    kept_back: float


class MemoryBuckets:
    """Buckets of this process alone: what a worker goes by while Redis is away."""

    def __init__(self) -> None:
        self._levels: dict[str, Level] = {}

    def take(self, demands: Sequence[Demand], now: float) -> list[int]:
        """How many of each demand may leave."""
        return [self._take(demand, now) for demand in demands]

    def _take(self, demand: Demand, now: float) -> int:
        levels = [(refilled(self._levels.get(bucket.key), bucket.rate, now), bucket.rate) for bucket in demand.buckets]
        count = granted(demand.wanted, levels, demand.kept_back)
        for bucket, (level, _rate) in zip(demand.buckets, levels, strict=True):
            self._levels[bucket.key] = Level(level.tokens - count, level.at)
        return count


def take_shared(redis: Redis, demands: Sequence[Demand], now: float) -> list[int]:
    """The same from the buckets that all workers share, in one round trip.

    Raises:
        RedisError: it is away; nothing is known about the tokens.
    """
    script = redis.register_script(_TAKE)
    with redis.pipeline(transaction=False) as pipeline:
        for demand in demands:
            numbers = [number for one in demand.buckets for number in (one.rate, capacity(one.rate))]
            arguments: list[Any] = [f"{now:.6f}", demand.wanted, demand.kept_back, *numbers, CLOCK_STEP]
            script(keys=[one.key for one in demand.buckets], args=arguments, client=pipeline)
        return cast(list[int], pipeline.execute())
