"""When an event is, and when it is over, on the wall clock of its zone."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from mobilize.core.errors import Refused
from mobilize.core.when import When, dated, timed, unknown

BRUSSELS = "Europe/Brussels"


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


def wall(*parts: int) -> datetime:
    """What the clock on the wall shows."""
    return utc(*parts).replace(tzinfo=None)


@pytest.mark.parametrize(
    ("when", "over_at"),
    [
        (timed(BRUSSELS, wall(2024, 2, 26, 15), wall(2024, 2, 26, 18)), utc(2024, 2, 26, 17)),
        (timed(BRUSSELS, wall(2024, 2, 26, 15)), utc(2024, 2, 26, 23)),
        (dated(BRUSSELS, date(2022, 11, 17)), utc(2022, 11, 17, 23)),
        (dated(BRUSSELS, date(2024, 3, 30), date(2024, 3, 31)), utc(2024, 3, 31, 22)),
        # Midnight of the next day is skipped in Beirut: the day ends when the clocks go from 23:59 to 01:00.
        (dated("Asia/Beirut", date(2019, 3, 30)), utc(2019, 3, 30, 22)),
        (unknown(BRUSSELS), None),
    ],
)
def test_it_is_over_at_its_end_or_with_its_last_day(when: When, over_at: datetime | None) -> None:
    assert when.over_at == over_at
    assert when.is_over(utc(2030, 1, 1)) is (over_at is not None)
    if over_at:
        assert when.is_over(over_at)
        assert not when.is_over(over_at.replace(year=over_at.year - 1))


def test_a_time_that_the_clocks_skip_is_refused() -> None:
    with pytest.raises(Refused, match="no such time") as refused:
        timed(BRUSSELS, wall(2024, 3, 31, 2, 30))
    assert refused.value.field == "start"


def test_a_time_that_occurs_twice_is_the_first() -> None:
    assert timed(BRUSSELS, wall(2024, 10, 27, 2, 30)).starts_at == utc(2024, 10, 27, 0, 30)


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: timed(BRUSSELS, wall(2024, 1, 1, 12), wall(2024, 1, 1, 12)), "end"),
        (lambda: dated(BRUSSELS, date(2024, 1, 2), date(2024, 1, 1)), "end"),
        (lambda: timed(BRUSSELS, wall(2224, 1, 1)), "start"),
        (lambda: dated(BRUSSELS, date(2024, 1, 1), date(2240, 1, 1)), "end"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_its_field(make: object, field: str) -> None:
    with pytest.raises(Refused) as refused:
        make()  # type: ignore[operator]
    assert refused.value.field == field


def test_one_day_is_the_same_with_and_without_its_end() -> None:
    assert dated(BRUSSELS, date(2024, 1, 1), date(2024, 1, 1)) == dated(BRUSSELS, date(2024, 1, 1))
