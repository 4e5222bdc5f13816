"""Which rows of a claim may leave now, and when the others come back."""

from __future__ import annotations

import hashlib
import heapq
import json
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import astuple
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple, TypeVar, cast

import structlog
from redis import Redis, RedisError
from sqlalchemy import Connection

from mobilize.core import broker
from mobilize.delivery.models import Stream
from mobilize.delivery.rates.buckets import Bucket, Demand, MemoryBuckets, take_shared
from mobilize.delivery.rates.limits import NO_LIMITS, Limits, all_limits
from mobilize.delivery.rates.rules import KEPT_BACK, RECOVERY_SECONDS, Slowdown, rate_at, recovered, slowed

log = structlog.get_logger(__name__)

PACED = "pace"
"""The reason of a row that waits for its sender's or its domain's turn."""

LONGEST = 600.0
"""Seconds after which a parked row asks again, however many wait before it: paces change meanwhile."""

_READ_AGAIN_AFTER = 3.0
_ASK_REDIS_AGAIN_AFTER = 5.0
_REST = (0.05, 0.5)

Value = TypeVar("Value")


class Sender(NamedTuple):
    """Whose pace it is."""

    organisation_id: int
    address: str


class Ask(NamedTuple):
    """Rows that would leave, of one sender to one domain."""

    ids: list[int]
    sender: Sender
    domain_index: bytes


class Pacer:
    """One a worker (or one a server of an organisation's own); not for two threads."""

    def __init__(self, redis: Callable[[], Redis] = broker.redis) -> None:
        self._redis = redis
        self._memory = MemoryBuckets()
        self._limits: dict[int, Limits] = {}
        self._read_at = self._away_until = float("-inf")
        self._slow: dict[Sender, Slowdown] = {}
        self._tails: dict[tuple[str, Stream], float] = {}
        self._parked: list[float] = []

    def refresh(self, connection: Connection) -> None:
        """Read the limits again if that was some seconds ago."""
        if time.monotonic() - self._read_at >= _READ_AGAIN_AFTER:
            limits = all_limits(connection)
            if limits != self._limits:
                self._limits = limits
                self._tails.clear()
            self._read_at = time.monotonic()

    def admit(self, stream: Stream, asks: Sequence[Ask], now: datetime) -> dict[int, datetime]:
        """Take tokens for these rows; those that must wait, and until when. The others may leave."""
        moment = now.timestamp()
        self._recall({ask.sender for ask in asks}, moment)
        groups: defaultdict[tuple[Bucket, ...], list[int]] = defaultdict(list)
        for ask in asks:
            groups[self._buckets(ask, moment)] += ask.ids
        groups.pop((), None)
        demands = [Demand(buckets, len(ids), KEPT_BACK[stream]) for buckets, ids in groups.items()]
        counts = self._take(demands, moment) if demands else []
        parked: dict[int, datetime] = {}
        for (buckets, ids), count in zip(groups.items(), counts, strict=True):
            parked |= self._park(buckets, stream, ids[count:], moment)
        return parked

    def slow_down(self, sender: Sender, observed: float, now: datetime) -> None:
        """A server asked this sender for patience; ``observed`` mails a second had left until then."""
        limit = self._limits.get(sender.organisation_id, NO_LIMITS).sender
        found = slowed(self._slow.get(sender), limit, observed, now.timestamp())
        if found == self._slow.get(sender):
            return
        self._slow[sender] = found
        log.warning("delivery.slowed_down", organisation=sender.organisation_id, per_second=round(found.pace, 2))
        name, text = _slow_key(sender), json.dumps(astuple(found))
        self._shared(lambda redis: redis.set(name, text, ex=int(RECOVERY_SECONDS)))

    def rest(self, now: datetime) -> float | None:
        """Seconds to wait for rows parked here, half a second at most; nothing where none are."""
        moment = now.timestamp()
        while self._parked and self._parked[0] <= moment:
            heapq.heappop(self._parked)
        return min(max(self._parked[0] - moment, _REST[0]), _REST[1]) if self._parked else None

    def _recall(self, senders: set[Sender], moment: float) -> None:
        """Which of the senders were slowed down, here or by another worker; what Redis forgot is known here."""
        ordered = sorted(senders)
        texts = self._shared(lambda redis: cast(list[bytes | None], redis.mget([_slow_key(one) for one in ordered])))
        for sender, text in zip(ordered, texts or (), strict=False):
            if text is not None:
                self._slow[sender] = Slowdown(*json.loads(text))
            elif sender in self._slow and recovered(self._slow[sender], moment) is None:
                del self._slow[sender]

    def _buckets(self, ask: Ask, moment: float) -> tuple[Bucket, ...]:
        limits, (organisation_id, _address) = self._limits.get(ask.sender.organisation_id, NO_LIMITS), ask.sender
        rate = rate_at(limits.sender, self._slow.get(ask.sender), moment)
        sender = () if rate is None else (Bucket(f"pace:sender:{_digest(ask.sender)}", rate),)
        index = limits.index_of(ask.domain_index)
        allowed = limits.domains.get(index)
        if allowed is None:
            return sender
        return (*sender, Bucket(f"pace:domain:{organisation_id}:{index.hex()}", allowed))

    def _take(self, demands: Sequence[Demand], moment: float) -> list[int]:
        found = self._shared(lambda redis: take_shared(redis, demands, moment))
        return self._memory.take(demands, moment) if found is None else found

    def _park(
        self, buckets: tuple[Bucket, ...], stream: Stream, ids: Sequence[int], moment: float
    ) -> dict[int, datetime]:
        """Moments one behind the other, so that a million waiting rows do not all come back at once."""
        moments = {}
        for row_id in ids:
            again = max(self._next_turn(bucket, stream, moment) for bucket in buckets)
            moments[row_id] = datetime.fromtimestamp(again, UTC)
        if ids:
            for end in (min(moments.values()), max(moments.values())):
                heapq.heappush(self._parked, end.timestamp())
        return moments

    def _next_turn(self, bucket: Bucket, stream: Stream, moment: float) -> float:
        tail = max(self._tails.get((bucket.key, stream), moment), moment) + 1 / bucket.rate
        self._tails[bucket.key, stream] = min(tail, moment + LONGEST)
        return self._tails[bucket.key, stream]

    def _shared(self, ask: Callable[[Redis], Value]) -> Value | None:
        """Redis's answer; nothing while it is away, and it is not asked again for some seconds."""
        if time.monotonic() < self._away_until:
            return None
        try:
            return ask(self._redis())
        except RedisError as error:
            self._away_until = time.monotonic() + _ASK_REDIS_AGAIN_AFTER
            log.warning("delivery.pace_in_memory", error=type(error).__name__)
            return None


@lru_cache(maxsize=1024)
def _digest(sender: Sender) -> str:
    return hashlib.sha256(f"{sender.organisation_id}|{sender.address}".encode()).hexdigest()[:32]


def _slow_key(sender: Sender) -> str:
    return f"pace:slow:{_digest(sender)}"
