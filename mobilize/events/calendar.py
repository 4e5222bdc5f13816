"""Events as iCalendar (RFC 5545): a file of one event, the feed of an organisation, and entries that mails carry.

The first two are PUBLISH (RFC 5546, 3.2.1): nobody is asked to answer and nobody is named. What is cancelled or
postponed stays in the feed with STATUS:CANCELLED, so that calendars that took it over show that it does not take place.
An event whose date is not known is in no calendar.

A mail's entry is a REQUEST or a CANCEL (RFC 5546, 3.2.2 and 3.2.5) without its attendee, whom the engine adds to each
copy. It holds no personal link: people share their calendars.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar
from icalendar import Event as Component

from mobilize.core.when import Precision, When
from mobilize.events.time_zones import time_zone

PRODUCT = "-//Mobilize//Events//EN"
REFRESH = timedelta(hours=4)
"""How often programs are asked to read a feed anew (RFC 7986, 5.7)."""


@dataclass(frozen=True)
class CalendarEntry:
    """One event as a calendar shows it, in one language. ``stamp`` is when it was changed last."""

    uid: str
    sequence: int
    stamp: datetime
    when: When
    title: str
    description: str
    location: str
    url: str
    is_off: bool


def calendar(entries: Sequence[CalendarEntry], name: str = "") -> bytes:
    """A VCALENDAR of all entries that have a date; ``name`` makes it a feed that is read again."""
    dated = [one for one in entries if one.when.precision is not Precision.UNKNOWN]
    made = _calendar("PUBLISH", dated)
    if name:
        made.add("name", name)
        made.add("x-wr-calname", name)
        made.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    for one in dated:
        made.add_component(_component(one))
    return bytes(made.to_ical())


def invitation(entry: CalendarEntry, sequence: int, organiser: str) -> str:
    """The entry of a mail to somebody who is registered; ``organiser`` is the bare address of From."""
    return _mailed("REQUEST", replace(entry, sequence=sequence, is_off=False), organiser)


def withdrawal(entry: CalendarEntry, sequence: int, organiser: str) -> str:
    """Takes back the entry of one person, who does not come: the event itself takes place (RFC 5546, 3.2.5)."""
    return _mailed("CANCEL", replace(entry, sequence=sequence), organiser, has_status=False)


def cancellation(entry: CalendarEntry, sequence: int, organiser: str) -> str:
    """Takes back everybody's entry: the event does not take place then."""
    return _mailed("CANCEL", replace(entry, sequence=sequence, is_off=True), organiser)


def _mailed(method: str, entry: CalendarEntry, organiser: str, *, has_status: bool = True) -> str:
    made = _calendar(method, [entry])
    component = _component(entry)
    component.add("organizer", f"mailto:{organiser}")
    if not has_status:
        del component["status"]
    made.add_component(component)
    return bytes(made.to_ical()).decode()


def _calendar(method: str, entries: Iterable[CalendarEntry]) -> Calendar:
    """A calendar with the time zones that ``entries`` name, and nothing else yet."""
    made = Calendar()
    made.add("prodid", PRODUCT)
    made.add("version", "2.0")
    made.add("method", method)
    for zone, first_year, last_year in _zones(one.when for one in entries):
        made.add_component(time_zone(zone, first_year, last_year))
    return made


def _component(entry: CalendarEntry) -> Component:
    made = Component()
    made.add("uid", entry.uid)
    made.add("dtstamp", entry.stamp.astimezone(UTC))
    made.add("last-modified", entry.stamp.astimezone(UTC))
    made.add("sequence", entry.sequence)
    start, end = _span(entry.when)
    made.add("dtstart", start)
    if end is not None:
        made.add("dtend", end)
    made.add("summary", entry.title)
    for name, words in (("description", entry.description), ("location", entry.location), ("url", entry.url)):
        if words:
            made.add(name, words)
    made.add("status", "CANCELLED" if entry.is_off else "CONFIRMED")
    return made


def _span(when: When) -> tuple[date | datetime, date | datetime | None]:
    """DTSTART and DTEND: local times, or days with an exclusive end; no end where none is known."""
    if when.precision is Precision.DATE:
        first, last = when.first_day, when.last_day
        if first is None or last is None:
            raise ValueError("an event known to the day has a day")
        return first, last + timedelta(days=1)
    if when.starts_at is None:
        raise ValueError("an event known to the minute has a start")
    zone = ZoneInfo(when.zone)
    return when.starts_at.astimezone(zone), when.ends_at and when.ends_at.astimezone(zone)


def _zones(whens: Iterable[When]) -> Iterable[tuple[str, int, int]]:
    """Each zone that a time is given in, with the first and last year of those times."""
    years: dict[str, list[int]] = {}
    for when in whens:
        if when.precision is Precision.TIME and when.first_day and when.last_day:
            years.setdefault(when.zone, []).extend((when.first_day.year, when.last_day.year))
    return [(zone, min(found), max(found)) for zone, found in sorted(years.items())]
