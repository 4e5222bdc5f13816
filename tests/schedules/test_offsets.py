"""When something is due, counted from a moment: over changes of the clocks, and from a day without a time."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobilize.core.anchors import Moment
from mobilize.schedules.offsets import Offset, passes_at

AMSTERDAM = "Europe/Amsterdam"


def moment(*parts: int, is_day: bool = False) -> Moment:
    return Moment(datetime(*parts, tzinfo=ZoneInfo(AMSTERDAM)).astimezone(UTC), AMSTERDAM, is_day)  # type: ignore[arg-type,misc]


def test_a_day_before_is_that_time_of_the_local_day() -> None:
    """The clocks go forward in the night between: it is 23 hours, and still ten o'clock."""
    due = Offset(days=-1, at_time=time(10)).from_moment(moment(2018, 3, 25, 10))
    assert due == datetime(2018, 3, 24, 9, tzinfo=UTC)
    assert moment(2018, 3, 25, 10).at - due == timedelta(hours=23)


def test_hours_before_are_hours_that_pass() -> None:
    """Two hours before 03:30 on the night of the change is 00:30."""
    due = Offset(minutes=-120).from_moment(moment(2018, 3, 25, 3, 30))
    assert due is not None
    assert due.astimezone(ZoneInfo(AMSTERDAM)).strftime("%H:%M") == "00:30"


def test_a_time_that_the_clocks_skip_is_when_they_skip_it() -> None:
    due = Offset(days=0, at_time=time(2, 30)).from_moment(moment(2018, 3, 25, 10))
    assert due == datetime(2018, 3, 25, 1, 30, tzinfo=UTC)


def test_hours_cannot_be_counted_from_a_day() -> None:
    assert Offset(minutes=-120).from_moment(moment(2018, 5, 14, is_day=True)) is None
    assert Offset(days=-7, at_time=time(10)).from_moment(moment(2018, 5, 14, is_day=True)) is not None


def test_a_day_passes_with_its_end() -> None:
    """A reminder on the morning of an all-day event comes in time."""
    day = moment(2018, 5, 14, is_day=True)
    assert passes_at(day) == datetime(2018, 5, 14, 22, tzinfo=UTC)
    assert passes_at(moment(2018, 5, 14, 19)) == datetime(2018, 5, 14, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    ("offset", "is_before"),
    [
        (Offset(minutes=-1), True),
        (Offset(minutes=0), False),
        (Offset(days=0, at_time=time(9)), True),
        (Offset(days=1, at_time=time(9)), False),
    ],
)
def test_which_side_of_the_moment(offset: Offset, is_before: bool) -> None:
    assert offset.is_before is is_before


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 30 * 365 * 24 * 60),
    st.integers(-400, 400),
    st.times(),
    st.sampled_from([AMSTERDAM, "Asia/Kathmandu", "America/Sao_Paulo", "Africa/Casablanca", "Pacific/Apia"]),
)
def test_days_keep_their_local_time(minutes: int, days: int, clock: time, zone: str) -> None:
    """Read in the zone, it is that many days away at that time, unless the clocks skip it or the day."""
    at = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    found = Offset(days=days, at_time=clock.replace(second=0, microsecond=0)).from_moment(Moment(at, zone))
    assert found is not None
    local, begun = found.astimezone(ZoneInfo(zone)), at.astimezone(ZoneInfo(zone))
    away = (local.date() - begun.date()).days
    asked = clock.replace(second=0, microsecond=0)
    skipped = local.replace(tzinfo=None).time() != asked
    assert away == days or skipped
    assert abs((found - at) - timedelta(days=days)) <= timedelta(days=2)
