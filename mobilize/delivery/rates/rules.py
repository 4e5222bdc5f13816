"""Token buckets, and the pace of a sender whose server asked for patience. Pure; times are seconds since 1970."""

from __future__ import annotations

from dataclasses import dataclass

from mobilize.delivery.models import Stream

PATIENCE_CODES = frozenset({421, 454})
"""Answers that ask the sender, not one mail, to slow down (RFC 5321, 3.8; RFC 4954, 6)."""

BURST_SECONDS = 2.0
LEAST_CAPACITY = 3.0
KEPT_BACK = {Stream.TRANSACTIONAL: 0.0, Stream.URGENT: 1 / 6, Stream.BULK: 1 / 3, Stream.TARGETS: 1 / 3}
"""The part of a full bucket that a stream leaves to those before it: urgent mail overtakes, and is never starved."""

SLOWEST = 0.5
RECOVERY_SECONDS = 300.0
ONE_INCIDENT = 5.0
CLOCK_STEP = 60.0
"""A bucket filled by a clock that is further ahead than this is believed to be filled now."""


@dataclass(frozen=True, slots=True)
class Level:
    """What a bucket held at a moment."""

    tokens: float
    at: float


@dataclass(frozen=True, slots=True)
class Slowdown:
    """A sender slowed to ``pace`` mails a second at the moment ``at``, on its way back to ``aim``."""

    pace: float
    aim: float
    at: float


def capacity(rate: float) -> float:
    """The most that may leave at once, in mails."""
    return max(LEAST_CAPACITY, rate * BURST_SECONDS)


def refilled(level: Level | None, rate: float, now: float) -> Level:
    """A bucket at ``now``; one that nobody used before is full."""
    full = capacity(rate)
    if level is None:
        return Level(full, now)
    at = now if level.at > now + CLOCK_STEP else level.at
    return Level(min(full, level.tokens + max(0.0, now - at) * rate), max(at, now))


def granted(wanted: int, levels: list[tuple[Level, float]], kept_back: float) -> int:
    """How many of ``wanted`` mails every bucket (with its rate) can let go, if the part ``kept_back`` stays."""
    spare = (int(level.tokens - kept_back * capacity(rate)) for level, rate in levels)
    return max(0, min((wanted, *spare)))


def slowed(old: Slowdown | None, limit: float | None, observed: float, now: float) -> Slowdown:
    """Half the present pace. ``observed`` mails a second stand in for the pace of a sender without a limit.

    Answers within a few seconds of a slow-down belong to it and change nothing.
    """
    if old is not None and 0 <= now - old.at < ONE_INCIDENT:
        return old
    pace = rate_at(limit, old, now)
    if pace is None:
        pace = max(observed, SLOWEST)
    aim = max(pace, limit or 0.0, old.aim if old is not None and recovered(old, now) is not None else 0.0)
    return Slowdown(max(min(SLOWEST, pace), pace / 2), aim, now)


def recovered(slow: Slowdown, now: float) -> float | None:
    """The pace at ``now``: an even climb that reaches the aim within five minutes; nothing once it is there."""
    pace = slow.pace + slow.aim * max(0.0, now - slow.at) / RECOVERY_SECONDS
    return pace if pace < slow.aim else None


def rate_at(limit: float | None, slow: Slowdown | None, now: float) -> float | None:
    """Mails a second that may leave, or nothing for as many as the wire takes."""
    pace = recovered(slow, now) if slow is not None else None
    known = [rate for rate in (limit, pace) if rate is not None]
    return min(known) if known else None
