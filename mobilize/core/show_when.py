"""Moments with a precision in words of the current language."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_interval

from mobilize.core.i18n import _, current_language, show_city
from mobilize.core.when import Precision, When


def show_when(when: When) -> str:
    """``"Monday 26 February 2024, 15:00 – 16:45 (Brussels)"``; days without times, or "date to be announced"."""
    if when.starts_at is None or when.first_day is None or when.last_day is None:
        return _("Date to be announced")
    if when.precision is Precision.DATE:
        return _days(when.first_day, when.last_day)
    return _times(when, when.starts_at, when.first_day, when.last_day)


def show_time(moment: datetime, zone: str) -> str:
    """``"15:00"`` on the zone's clocks."""
    return str(format_datetime(moment.astimezone(ZoneInfo(zone)), "HH:mm", locale=current_language()))


def show_day(day: date) -> str:
    """``"Monday 26 February 2024"``."""
    return str(format_date(day, "EEEE d MMMM y", locale=current_language()))


def _days(first: date, last: date) -> str:
    language = current_language()
    if first == last:
        return show_day(first)
    # CLDR's plain English puts the month before the day.
    return str(format_interval(first, last, "yMMMMd", locale="en_GB" if language == "en" else language))


def _times(when: When, starts_at: datetime, first: date, last: date) -> str:
    begin, city = show_time(starts_at, when.zone), show_city(when.zone)
    if when.ends_at is None:
        # Translators: a day, a time and a city: "Monday 26 February 2024, 15:00 (Brussels)".
        return _("%(day)s, %(time)s (%(city)s)", day=show_day(first), time=begin, city=city)
    end = show_time(when.ends_at, when.zone)
    if first == last:
        # Translators: a day, two times and a city: "Monday 26 February 2024, 15:00 – 16:45 (Brussels)".
        return _("%(day)s, %(start)s – %(end)s (%(city)s)", day=show_day(first), start=begin, end=end, city=city)
    return _(
        "%(day)s, %(start)s – %(last_day)s, %(end)s (%(city)s)",
        day=show_day(first),
        start=begin,
        last_day=show_day(last),
        end=end,
        city=city,
    )
