"""Calendar files say the same to two libraries that share no code, for any event."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import icalendar
import pytest
import vobject
from hypothesis import given, settings
from hypothesis import strategies as st

from mobilize.core.errors import Refused
from mobilize.core.when import When, dated, timed, unknown
from mobilize.events.calendar import CalendarEntry, calendar
from mobilize.events.time_zones import _STEP, _changes, time_zone


def wall(*parts: int) -> datetime:
    """What the clock on the wall shows."""
    return datetime(*parts, tzinfo=UTC).replace(tzinfo=None)  # type: ignore[arg-type,misc]


ZONES = ("Europe/Brussels", "America/New_York", "Asia/Kathmandu", "Africa/Casablanca", "Australia/Lord_Howe", "UTC")
STAMP = datetime(2024, 1, 1, 12, tzinfo=UTC)
SEASONS = st.datetimes(wall(2000, 1, 1), wall(2037, 12, 31)).map(lambda at: at.replace(second=0, microsecond=0))


def entry(when: When, **changes: object) -> CalendarEntry:
    values = {
        "uid": "abcdefgh",
        "sequence": 2,
        "stamp": STAMP,
        "when": when,
        "title": "Partners under Pressure",
        "description": "A lecture",
        "location": "Turfmarkt 99, Den Haag",
        "url": "https://example.org/leiden/events/partners",
        "is_off": False,
    }
    return CalendarEntry(**{**values, **changes})  # type: ignore[arg-type]


def with_icalendar(data: bytes) -> icalendar.Event:
    (found,) = icalendar.Calendar.from_ical(data).walk("VEVENT")
    return found  # type: ignore[no-any-return]


def with_vobject(data: bytes) -> object:
    # It remembers time zones by name for the life of the process, so that those of an earlier file would be used.
    vars(vobject.icalendar)["__tzidMap"].clear()
    return vobject.readOne(data.decode()).vevent


@given(zone=st.sampled_from(ZONES), start=SEASONS, minutes=st.none() | st.integers(1, 20_000))
@settings(max_examples=60)
def test_both_read_the_moments_that_were_meant(zone: str, start: datetime, minutes: int | None) -> None:
    """Whatever the season: the offsets in the file are those of the zone."""
    starts_at = start.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    start = starts_at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    end = None if minutes is None else _wall(starts_at + timedelta(minutes=minutes), zone)
    try:
        when = timed(zone, start, end)
    except Refused:
        return  # an hour that occurs twice may put the end before the start
    data = calendar([entry(when)])
    first, second = with_icalendar(data), with_vobject(data)
    assert first["dtstart"].dt.astimezone(UTC) == when.starts_at
    assert second.dtstart.value.astimezone(UTC) == when.starts_at  # type: ignore[attr-defined]
    if when.ends_at is None:
        assert "dtend" not in first
        assert not hasattr(second, "dtend")
    else:
        assert first["dtend"].dt.astimezone(UTC) == when.ends_at
        assert second.dtend.value.astimezone(UTC) == when.ends_at  # type: ignore[attr-defined]


def test_days_end_with_the_day_after() -> None:
    data = calendar([entry(dated("Europe/Brussels", date(2022, 11, 17), date(2022, 11, 18)))])
    event = with_icalendar(data)
    assert (event["dtstart"].dt, event["dtend"].dt) == (date(2022, 11, 17), date(2022, 11, 19))
    assert b"DTSTART;VALUE=DATE:20221117" in data
    assert b"VTIMEZONE" not in data
    assert with_vobject(data).dtend.value == date(2022, 11, 19)  # type: ignore[attr-defined]


def test_a_zone_holds_the_changes_of_its_years_only() -> None:
    data = calendar([entry(timed("Europe/Amsterdam", wall(2018, 5, 14, 19), wall(2018, 5, 14, 21)))])
    assert data.count(b"BEGIN:VTIMEZONE") == 1
    assert data.count(b"BEGIN:DAYLIGHT") == 1
    assert data.count(b"BEGIN:STANDARD") == 2
    assert b"RRULE" not in data
    assert b"RDATE" not in data
    assert b"DTSTART:20180325T020000\r\nTZNAME:CEST\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200" in data


def test_what_does_not_take_place_is_said() -> None:
    data = calendar([entry(timed("Europe/Amsterdam", wall(2018, 5, 14, 19)), is_off=True)])
    assert with_icalendar(data)["status"] == "CANCELLED"
    assert with_icalendar(data)["sequence"] == 2


def test_nobody_is_named_and_nothing_repeats() -> None:
    data = calendar([entry(timed("UTC", wall(2024, 1, 1, 12)))])
    assert b"METHOD:PUBLISH" in data
    assert not any(word in data for word in (b"ATTENDEE", b"ORGANIZER", b"RRULE", b"VALARM"))


def test_a_feed_leaves_out_what_has_no_date() -> None:
    entries = [entry(unknown("Europe/Brussels"), uid="a"), entry(dated("UTC", date(2024, 1, 1)), uid="b")]
    found = icalendar.Calendar.from_ical(calendar(entries, "Events of a house"))
    assert [one["uid"] for one in found.walk("VEVENT")] == ["b"]
    assert found["x-wr-calname"] == "Events of a house"


@pytest.mark.parametrize(
    "hostile", ["a\r\nATTENDEE:mailto:x@example.org", "back\\slash; comma, end", "é" * 200, "‏مرحبا‏"]
)
def test_text_stays_text(hostile: str) -> None:
    """Breaks, separators and long words in other scripts: escaped and folded, never a property of their own."""
    data = calendar([entry(dated("UTC", date(2024, 1, 1)), title=hostile, description=hostile, location=hostile)])
    event = with_icalendar(data)
    assert "attendee" not in event
    assert str(event["summary"]) == hostile.replace("\r\n", "\n")
    assert with_vobject(data).summary.value == hostile.replace("\r\n", "\n")  # type: ignore[attr-defined]
    assert max(map(len, data.split(b"\r\n"))) <= 75


def test_no_zone_changes_twice_within_a_step() -> None:
    """Else the search by steps would miss both changes: each zone's changes of eight years, looked for day by day."""
    start, end = datetime(2018, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
    days = [start + timedelta(days=number) for number in range((end - start).days + 1)]
    for name in sorted(available_timezones() - {"localtime"})[::7]:
        zone = ZoneInfo(name)
        offsets = [day.astimezone(zone).utcoffset() for day in days]
        by_day = sum(before != after for before, after in pairwise(offsets))
        assert len(list(_changes(zone, start, end))) == by_day, name
    assert timedelta(days=7) >= _STEP


def test_a_zone_begins_with_what_holds_at_its_first_instant() -> None:
    """In the southern summer, daylight time holds at new year."""
    first = time_zone("Australia/Sydney", 2024, 2024).subcomponents[0]
    assert first.name == "DAYLIGHT"
    assert first["dtstart"].dt == datetime.combine(date(2023, 12, 31), time(11))


def _wall(moment: datetime, zone: str) -> datetime:
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
