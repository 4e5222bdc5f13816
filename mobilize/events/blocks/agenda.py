"""The programme of an event: its points with times, speakers and rooms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from babel.dates import format_date
from wtforms import StringField

from mobilize.core.errors import Refused
from mobilize.core.feature import BlockKind, Freezing, Frozen
from mobilize.core.i18n import _, current_language, lazy, show_city, text_in, using
from mobilize.core.json_fields import Fields
from mobilize.events import queries, showing
from mobilize.events.blocks.choosing import (
    EventChoice,
    event_shown,
    live_of,
    no_urls,
    offer_events,
    read_event,
)
from mobilize.events.models import AgendaPoint, Event
from mobilize.organisations.queries import brand


@dataclass(frozen=True, slots=True)
class Agenda:
    """``event`` is a uid; ``title`` stands above the programme."""

    kind: ClassVar[str] = "agenda"
    event: str
    title: str = ""


class AgendaForm(EventChoice):
    title = StringField(lazy("Title"), description=lazy("Leave it empty for “Programme”."))


def read(fields: Fields) -> Agenda:
    return Agenda(read_event(fields), fields.line("title"))


def freeze(block: Agenda, around: Freezing) -> Frozen:
    """Raises Refused: there is no such event for readers, or its programme is empty."""
    with using(around.language):
        row = event_shown(block.event, around)
        points = queries.agenda(row.id)
        if not points:
            raise Refused("event", _("The programme of this event is empty: write it first"))
        fields = {"title": block.title or _("Programme"), "zone": _zone(row, points), "items": [*_items(row, points)]}
    return Frozen(fields, live_of(row))


def _zone(row: Event, points: Sequence[AgendaPoint]) -> str:
    if not any(point.starts_at for point in points):
        return ""
    # Translators: below the title of a programme: whose clocks its times are read on.
    return _("Times in %(city)s", city=show_city(row.timezone))


def _items(row: Event, points: Sequence[AgendaPoint]) -> Iterator[dict[str, Any]]:
    """Each point; the day stands with the first of every day, where there are several."""
    default, language = brand(row.organisation_id).default_language, current_language()
    days = [_day(row, point) for point in points]
    shows_days = len({day for day in days if day}) > 1
    speakers = queries.speakers_of(points)
    last: date | None = None
    for point, day in zip(points, days, strict=True):
        is_new = shows_days and day is not None and day != last
        last = day or last
        yield {
            "day": format_date(day, "EEEE d MMMM y", locale=language) if is_new and day else "",
            "time": _time(row, point),
            "title": text_in(point.titles, language, default),
            "speakers": "\n".join(showing.speaker_line(one, default) for one in speakers[point.id]),
            "room": point.room,
        }


def _day(row: Event, point: AgendaPoint) -> date | None:
    return point.starts_at and point.starts_at.astimezone(ZoneInfo(row.timezone)).date()


def _time(row: Event, point: AgendaPoint) -> str:
    """``"15:00 – 15:45"``, ``"15:00"``, or nothing."""
    clocks = [showing.show_time(at, row.timezone) for at in (point.starts_at, point.ends_at) if at]
    return " – ".join(clocks)


KIND = BlockKind("agenda", lazy("Programme"), "list", read, AgendaForm, freeze, no_urls, offer=offer_events)
