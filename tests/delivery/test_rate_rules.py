"""How tokens are counted and how a slowed sender recovers: the rule in Python, and the script that Redis runs."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis

from mobilize.core.errors import Refused
from mobilize.core.settings import Settings
from mobilize.delivery.rates.buckets import Bucket, Demand, MemoryBuckets, take_shared
from mobilize.delivery.rates.entering import domain_rates, rate_in, typed_rates
from mobilize.delivery.rates.rules import (
    RECOVERY_SECONDS,
    Level,
    Slowdown,
    capacity,
    rate_at,
    recovered,
    refilled,
    slowed,
)

RATES = st.floats(0.1, 10_000)
MOMENTS = st.floats(0, 10_000)
STEPS = st.lists(st.tuples(st.floats(0, 30), st.integers(0, 500)), max_size=30)


@given(rate=RATES, steps=STEPS)
def test_no_more_leaves_than_a_burst_and_the_rate(rate: float, steps: list[tuple[float, int]]) -> None:
    """Whatever is asked whenever: at most a full bucket, and the rate for the time that passed."""
    buckets, now, sent = MemoryBuckets(), 0.0, 0
    for wait, wanted in steps:
        now += wait
        sent += buckets.take([Demand((Bucket("one", rate),), wanted, 0.0)], now)[0]
        assert sent <= capacity(rate) + rate * now + 1e-6


@given(rate=RATES, tokens=st.floats(0, 100), at=MOMENTS, now=MOMENTS)
def test_a_bucket_never_overflows_and_never_empties_by_itself(
    rate: float, tokens: float, at: float, now: float
) -> None:
    """Also when the clock was set back or forward."""
    tokens = min(tokens, capacity(rate))
    level = refilled(Level(tokens, at), rate, now)
    assert tokens <= level.tokens + 1e-9 <= capacity(rate) + 1e-6


def test_a_clock_set_back_an_hour_stops_nothing() -> None:
    """The bucket fills again by the new time."""
    level = refilled(Level(0.0, 7200.0), 10.0, 3600.0)
    assert refilled(level, 10.0, 3601.0).tokens == 10.0


@given(pace=st.floats(0.5, 5000), limit=st.none() | RATES, observed=st.floats(0, 5000), now=MOMENTS)
def test_a_slowdown_halves_and_comes_back(pace: float, limit: float | None, observed: float, now: float) -> None:
    """The pace falls, climbs evenly, never beyond the limit, and is free again within five minutes."""
    old = Slowdown(pace, 2 * pace, now - 10)
    before = rate_at(limit, old, now) or observed
    slow = slowed(old, limit, observed, now)
    assert slow.pace <= max(before, 0.5)
    assert slow.pace <= slow.aim
    paces = [rate_at(limit, slow, now + seconds) for seconds in range(0, int(RECOVERY_SECONDS) + 2, 10)]
    known = [one for one in paces if one is not None]
    assert known == sorted(known)
    assert limit is None or all(one <= limit for one in known)
    assert rate_at(limit, slow, now + RECOVERY_SECONDS + 1) == limit


def test_answers_of_one_incident_count_once() -> None:
    """Sixteen refusals of one window halve the pace once, a later one again."""
    slow = slowed(None, None, 80.0, 1000.0)
    assert (slow.pace, slow.aim) == (40.0, 80.0)
    assert slowed(slow, None, 80.0, 1004.0) == slow
    again = slowed(slow, None, 80.0, 1010.0)
    assert again.pace == pytest.approx((40 + 80 * 10 / 300) / 2)
    assert again.aim == 80.0
    assert recovered(again, 1010.0 + RECOVERY_SECONDS) is None


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rate=RATES, other=RATES, steps=STEPS, kept=st.sampled_from([0.0, 1 / 6, 1 / 3]))
def test_redis_counts_as_the_rule_does(
    shared: Redis, rate: float, other: float, steps: list[tuple[float, int]], kept: float
) -> None:
    """The script and the rule give the same answers to the same questions (a token may round differently)."""
    shared.flushdb()
    memory, now = MemoryBuckets(), 1_700_000_000.0
    for wait, wanted in steps:
        now += wait
        demands = [
            Demand((Bucket("a", rate), Bucket("b", other)), wanted, kept),
            Demand((Bucket("b", other),), wanted, kept),
        ]
        for one, two in zip(take_shared(shared, demands, now), memory.take(demands, now), strict=True):
            assert abs(one - two) <= 1


@pytest.fixture
def shared(settings: Settings) -> Redis:
    return Redis.from_url(settings.redis_url)


def test_urgent_mail_leaves_before_bulk_mail() -> None:
    """Bulk mail leaves a third of the bucket behind, urgent mail less, transactional mail nothing."""
    bucket, counts = (Bucket("one", 30.0),), []
    buckets = MemoryBuckets()
    for kept in (1 / 3, 1 / 3, 1 / 6, 1 / 6, 0.0, 0.0):
        counts += buckets.take([Demand(bucket, 1000, kept)], 0.0)
    assert counts == [40, 0, 10, 0, 10, 0]


def test_limits_are_read_as_they_are_typed() -> None:
    """Domains in any case, with a comma or a point, in lines."""
    assert domain_rates("f", "GMAIL.example 20\n\n  bücher.example 0,5 ") == {
        "gmail.example": 20,
        "bücher.example": 0.5,
    }
    assert typed_rates({"": 5, "b.example": 2.5, "a.example": 10}) == "a.example 10\nb.example 2.5"


@pytest.mark.parametrize("typed", ["example.net", "example.net x", "two words 3", "a@b.example 2", "example.net 0"])
def test_a_line_that_says_something_else_is_refused(typed: str) -> None:
    """The number of the line stands in the answer."""
    with pytest.raises(Refused, match="Line 2"):
        domain_rates("f", f"example.org 1\n{typed}")


@pytest.mark.parametrize("typed", ["0", "-1", "nan", "inf", "10001", "many"])
def test_a_rate_is_a_number_within_reason(typed: str) -> None:
    """From one mail in ten seconds to ten thousand a second."""
    with pytest.raises(Refused):
        rate_in("f", typed)
