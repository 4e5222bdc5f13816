"""A month as a table of weeks, whatever stands in its days."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from babel.core import Locale
from babel.dates import format_date

from mobilize.core.i18n import current_language
from mobilize.core.when import FIRST_YEAR, LAST_YEAR

_MONTH = re.compile(r"[0-9]{4}-[0-9]{2}")


@dataclass(frozen=True)
class MonthEntry:
    """What stands in a day. It is read out as ``before``, ``text``, ``after``: with its weekday, date, zone and state.

    ``tone`` is one of ``templates/ui/status.html``.
    """

    text: str
    url: str
    tone: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class MonthDay:
    """One cell; ``out``: it belongs to the month before or after."""

    day: int
    date: str
    out: bool
    today: bool
    entries: Sequence[MonthEntry] = field(default_factory=tuple)


@dataclass(frozen=True)
class MonthPage:
    """What ``ui/timeline.html`` draws; ``earlier`` and ``later`` are the neighbours, as ``"2024-02"``."""

    title: str
    weekdays: Sequence[str]
    weeks: Sequence[Sequence[MonthDay]]
    earlier: str
    later: str


@dataclass(frozen=True)
class Month:
    """A month by its first day, in whole weeks as the reader's country counts them."""

    first: date

    @classmethod
    def asked(cls, asked: str, today: date) -> Month:
        """The one ``asked`` for (``"2024-02"``), or the present one where that is none."""
        if not _MONTH.fullmatch(asked):
            return cls(today.replace(day=1))
        year, month = map(int, asked.split("-"))
        is_one = FIRST_YEAR < year < LAST_YEAR and 1 <= month <= 12
        return cls(date(year, month, 1) if is_one else today.replace(day=1))

    @property
    def weeks(self) -> list[list[date]]:
        first_day = Locale.parse(current_language()).first_week_day
        return calendar.Calendar(first_day).monthdatescalendar(self.first.year, self.first.month)

    @property
    def span(self) -> tuple[date, date]:
        """The first and the last day that are shown."""
        return self.weeks[0][0], self.weeks[-1][-1]

    def page(self, today: date, entries: Mapping[date, Sequence[MonthEntry]]) -> MonthPage:
        """The month with what stands in its days."""
        locale, weeks = Locale.parse(current_language()), self.weeks
        return MonthPage(
            title=format_date(self.first, "MMMM y", locale=locale),
            weekdays=[format_date(day, "EEE", locale=locale) for day in weeks[0]],
            weeks=[[self._cell(day, today, entries.get(day, ())) for day in week] for week in weeks],
            earlier=(self.first - timedelta(days=1)).strftime("%Y-%m"),
            later=(self.first + timedelta(days=32)).strftime("%Y-%m"),
        )

    def _cell(self, day: date, today: date, entries: Sequence[MonthEntry]) -> MonthDay:
        return MonthDay(day.day, day.isoformat(), day.month != self.first.month, day == today, entries)


def by_day(found: Iterable[tuple[date, MonthEntry]]) -> dict[date, list[MonthEntry]]:
    """Entries by their days, in the order given."""
    days: dict[date, list[MonthEntry]] = {}
    for day, entry in found:
        days.setdefault(day, []).append(entry)
    return days
