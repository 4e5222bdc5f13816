"""A moment in relative words, worked out when a copy is rendered: a copy sent after midnight does not say "tomorrow".

When -> frozen("time:Europe/Brussels:1708955999:") -> slot "when:fr:time:…" -> words_for(slots, now)
     -> "demain à 15:00 (Bruxelles)"

The words are those of the event's local day, and a clock time names its city, so that they are right for who reads them
elsewhere. Mails without such slots do no work for them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_timedelta

from mobilize.core.i18n import _, current_language, show_city, using
from mobilize.core.when import Precision, When

SOON = timedelta(hours=6)
"""Up to so long before it begins, the words say how long it still is."""

_INSIDE, _AT_START = "when:", "When:"


def frozen(when: When) -> str:
    """A moment as a field of a frozen block; empty while its date is not known."""
    if when.starts_at is None:
        return ""
    ends = "" if when.ends_at is None else str(int(when.ends_at.timestamp()))
    return f"{when.precision}:{when.zone}:{int(when.starts_at.timestamp())}:{ends}"


def slot(moment: str, language: str, *, at_start: bool = False) -> str:
    """The slot of a frozen moment; ``at_start`` of a sentence it begins with a capital."""
    return f"{_AT_START if at_start else _INSIDE}{language}:{moment}"


def is_moment(name: str) -> bool:
    """Whether a slot's value is a moment in words."""
    return name.startswith((_INSIDE, _AT_START))


def words_for(names: Iterable[str], now: datetime) -> Mapping[str, str]:
    """The words of those of these slots that are moments, for a copy that is rendered now."""
    minute = now.replace(second=0, microsecond=0)
    return {name: _words_of(name, minute) for name in names if is_moment(name)}


def relative(when: When, now: datetime) -> str:
    """``"tomorrow at 15:00 (Brussels)"``, ``"today"``, ``"now, until 16:45 (Brussels)"``, in the current language."""
    if when.starts_at is None or when.first_day is None or when.last_day is None:
        return _("on a date to be announced")
    today = now.astimezone(ZoneInfo(when.zone)).date()
    if when.precision is Precision.DATE:
        return _days(when.first_day, when.last_day, today)
    if when.ends_at is not None and when.starts_at <= now < when.ends_at:
        return _until(when, when.ends_at, today)
    words = _at(when.starts_at, when.zone, when.first_day, today)
    left = when.starts_at - now
    if timedelta() < left <= SOON:
        # Translators: a moment and how long it still is: "today at 15:00 (Brussels), in 2 hours".
        return _("%(moment)s, %(span)s", moment=words, span=_span(left))
    return words


@lru_cache(maxsize=1024)
def _words_of(name: str, minute: datetime) -> str:
    kind, language, precision, zone, starts, ends = name.split(":")
    times = [datetime.fromtimestamp(int(at), UTC) if at else None for at in (starts, ends)]
    with using(language):
        words = relative(When(Precision(precision), zone, times[0], times[1]), minute)
    return words[:1].upper() + words[1:] if f"{kind}:" == _AT_START else words


def _days(first: date, last: date, today: date) -> str:
    if first == last:
        near = {-1: _("yesterday"), 0: _("today"), 1: _("tomorrow")}
        # Translators: when something is, known to the day: "on Monday 26 February".
        return near.get((first - today).days) or _("on %(day)s", day=_day(first, today))
    if first <= today < last:
        # Translators: when something is that lasts several days and has begun.
        return _("now, until %(day)s", day=_day(last, today))
    if today == last:
        return _("today, for the last day")
    if first - today == timedelta(days=1):
        # Translators: when something is that begins tomorrow and lasts several days.
        return _("tomorrow, until %(day)s", day=_day(last, today))
    # Translators: when something is that lasts several days: "from Monday 18 November to Sunday 1 December".
    return _("from %(first)s to %(last)s", first=_day(first, today), last=_day(last, today))


def _until(when: When, ends_at: datetime, today: date) -> str:
    """It has begun."""
    time, city = _clock(ends_at, when.zone), show_city(when.zone)
    if when.last_day == today or when.last_day is None:
        # Translators: something goes on: "now, until 16:45 (Brussels)".
        return _("now, until %(time)s (%(city)s)", time=time, city=city)
    day = _day(when.last_day, today)
    # Translators: something goes on: "now, until Monday 26 February, 16:45 (Brussels)".
    return _("now, until %(day)s, %(time)s (%(city)s)", day=day, time=time, city=city)


def _at(starts_at: datetime, zone: str, day: date, today: date) -> str:
    time, city = _clock(starts_at, zone), show_city(zone)
    match (day - today).days:
        case -1:
            return _("yesterday at %(time)s (%(city)s)", time=time, city=city)
        case 0:
            return _("today at %(time)s (%(city)s)", time=time, city=city)
        case 1:
            return _("tomorrow at %(time)s (%(city)s)", time=time, city=city)
    # Translators: when something is: "on Monday 26 February at 15:00 (Brussels)".
    return _("on %(day)s at %(time)s (%(city)s)", day=_day(day, today), time=time, city=city)


def _span(left: timedelta) -> str:
    """``"in 2 hours"``, ``"in 35 minutes"``: whole hours from an hour on, as one says it."""
    language = current_language()
    if left < timedelta(hours=1):
        minutes = max(timedelta(minutes=1), left)
        return format_timedelta(minutes, "minute", threshold=1, add_direction=True, locale=language)
    hours = timedelta(hours=round(left / timedelta(hours=1)))
    return format_timedelta(hours, "hour", threshold=1, add_direction=True, locale=language)


def _day(day: date, today: date) -> str:
    pattern = "EEEE d MMMM" if day.year == today.year else "EEEE d MMMM y"
    return format_date(day, pattern, locale=current_language())


def _clock(moment: datetime, zone: str) -> str:
    return str(format_datetime(moment.astimezone(ZoneInfo(zone)), "HH:mm", locale=current_language()))


def shown(names: Collection[str]) -> tuple[str, ...]:
    """The moments among the slots of a mail."""
    return tuple(name for name in names if is_moment(name))
