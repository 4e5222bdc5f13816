"""A month as a table of weeks, for staff and for visitors."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from babel.core import Locale
from babel.dates import format_date

from mobilize.core import clock
from mobilize.core.i18n import current_language, text_in
from mobilize.core.when import FIRST_YEAR, LAST_YEAR, Precision
from mobilize.events.models import Event
from mobilize.events.showing import TONE, show_time
from mobilize.organisations.queries import Brand

_MONTH = re.compile(r"[0-9]{4}-[0-9]{2}")


@dataclass(frozen=True)
class MonthPage:
    """What ``ui/timeline.html`` draws: names of weekdays, and weeks of days with their events."""

    title: str
    weekdays: Sequence[str]
    weeks: Sequence[Sequence[dict[str, Any]]]
    earlier: str
    later: str


def month_page(
    organisation: Brand,
    asked: str,
    find: Callable[[date, date], Iterable[Event]],
    url: Callable[[Event], str],
) -> MonthPage:
    """The month ``asked`` for (``"2024-02"``), or the present one where that is none.

    ``find`` gives the events of the days from the first to the last that are shown, ``url`` where one leads.
    """
    today = clock.now().astimezone(ZoneInfo(organisation.timezone)).date()
    first = _asked_month(asked) or today.replace(day=1)
    locale = Locale.parse(current_language())
    weeks = calendar.Calendar(locale.first_week_day).monthdatescalendar(first.year, first.month)
    entries = _by_day(find(weeks[0][0], weeks[-1][-1]), organisation, url)
    return MonthPage(
        title=format_date(first, "MMMM y", locale=locale),
        weekdays=[format_date(day, "EEE", locale=locale) for day in weeks[0]],
        weeks=[[_cell(day, first, today, entries.get(day, [])) for day in week] for week in weeks],
        earlier=(first - timedelta(days=1)).strftime("%Y-%m"),
        later=(first + timedelta(days=32)).strftime("%Y-%m"),
    )


def _asked_month(asked: str) -> date | None:
    if not _MONTH.fullmatch(asked):
        return None
    year, month = map(int, asked.split("-"))
    return date(year, month, 1) if FIRST_YEAR < year < LAST_YEAR and 1 <= month <= 12 else None


def _by_day(
    found: Iterable[Event], organisation: Brand, url: Callable[[Event], str]
) -> dict[date, list[dict[str, Any]]]:
    days: dict[date, list[dict[str, Any]]] = {}
    for row in found:
        first, last = row.when.first_day, row.when.last_day
        if first is None or last is None:
            continue
        for number in range(min((last - first).days, 60) + 1):
            day = first + timedelta(days=number)
            days.setdefault(day, []).append(
                {"text": _text(row, day, organisation), "url": url(row), "tone": _tone(row)}
            )
    return days


def _text(row: Event, day: date, organisation: Brand) -> str:
    title = text_in(row.titles, current_language(), organisation.default_language)
    if row.precision is Precision.TIME and row.starts_at is not None and day == row.when.first_day:
        return f"{show_time(row.starts_at, row.timezone)} {title}"
    return title


def _tone(row: Event) -> str:
    return "draft" if row.published_at is None else TONE[row.status]


def _cell(day: date, first: date, today: date, entries: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "day": day.day,
        "date": day.isoformat(),
        "out": day.month != first.month,
        "today": day == today,
        "entries": entries,
    }
