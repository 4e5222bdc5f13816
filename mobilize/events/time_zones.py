"""VTIMEZONE (RFC 5545, 3.6.5) of an IANA zone for the years that a calendar speaks of, without rules that repeat.

Each change of the clocks is a component of its own: no RRULE or RDATE, which some programs read wrongly or for ever.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Component, Timezone, TimezoneDaylight, TimezoneStandard

_STEP = timedelta(days=7)
"""No zone has changed its clocks twice within a week since 1970: a test looks at all of them."""


def time_zone(name: str, first_year: int, last_year: int) -> Timezone:
    """The zone for the local years ``first_year`` to ``last_year``."""
    zone = ZoneInfo(name)
    start, end = (datetime(year, 1, 1, tzinfo=UTC) for year in (first_year, last_year + 1))
    # Local years begin and end up to fourteen hours away from those of UTC.
    start, end = start - timedelta(days=1), end + timedelta(days=1)
    component = Timezone()
    component.add("tzid", name)
    component.add_component(_observance(zone, start, before=start))
    for change in _changes(zone, start, end):
        component.add_component(_observance(zone, change, before=change - timedelta(seconds=1)))
    return component


def _observance(zone: ZoneInfo, onset: datetime, before: datetime) -> Component:
    """What holds from ``onset`` (UTC); its DTSTART is the local time by the offset that held ``before``."""
    local, offset_before = onset.astimezone(zone), before.astimezone(zone).utcoffset()
    made: Component = TimezoneDaylight() if local.dst() else TimezoneStandard()
    made.add("dtstart", onset.replace(tzinfo=None) + (offset_before or timedelta()))
    made.add("tzoffsetfrom", offset_before)
    made.add("tzoffsetto", local.utcoffset())
    made.add("tzname", local.tzname())
    return made


def _changes(zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[datetime]:
    """The instants at which the offset changes, to the second."""
    at = start
    while at < end:
        later = min(at + _STEP, end)
        if at.astimezone(zone).utcoffset() != later.astimezone(zone).utcoffset():
            yield _change_between(zone, at, later)
        at = later


def _change_between(zone: ZoneInfo, early: datetime, late: datetime) -> datetime:
    offset = early.astimezone(zone).utcoffset()
    while late - early > timedelta(seconds=1):
        middle = early + timedelta(seconds=(late - early) // timedelta(seconds=2))
        early, late = (middle, late) if middle.astimezone(zone).utcoffset() == offset else (early, middle)
    return late
