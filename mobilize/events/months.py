"""A month of events, for staff and for visitors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from mobilize.core import clock
from mobilize.core.i18n import _, current_language, show_city, text_in
from mobilize.core.months import Month, MonthEntry, MonthPage, by_day
from mobilize.core.show_when import show_day
from mobilize.core.when import Precision
from mobilize.events.models import Event
from mobilize.events.showing import TONE, show_status, show_time
from mobilize.organisations.queries import Brand

MOST_DAYS = 60
"""Of an event that is shown on each of its days."""


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
    month = Month.asked(asked, today)
    return month.page(today, by_day(_entries(find(*month.span), organisation, url)))


def _entries(
    found: Iterable[Event], organisation: Brand, url: Callable[[Event], str]
) -> Iterator[tuple[date, MonthEntry]]:
    for row in found:
        first, last = row.when.first_day, row.when.last_day
        if first is None or last is None:
            continue
        state = _("Draft") if row.published_at is None else show_status(row)
        tone = "draft" if row.published_at is None else TONE[row.status]
        for number in range(min((last - first).days, MOST_DAYS) + 1):
            day = first + timedelta(days=number)
            before = f"{show_day(day)}, {show_city(row.timezone)}: "
            yield day, MonthEntry(_text(row, day, organisation), url(row), tone, before, f", {state}")


def _text(row: Event, day: date, organisation: Brand) -> str:
    title = text_in(row.titles, current_language(), organisation.default_language)
    if row.precision is Precision.TIME and row.starts_at is not None and day == row.when.first_day:
        return f"{show_time(row.starts_at, row.timezone)} {title}"
    return title
