"""Untrusted input of an event's staff pages to typed values."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from wtforms import DateField, RadioField, SelectChoice, StringField, TextAreaField, TimeField
from wtforms.validators import Optional

from mobilize.core.edit_forms import EditForm
from mobilize.core.errors import Refused
from mobilize.core.forms import Form
from mobilize.core.i18n import _, lazy
from mobilize.core.text_fields import REQUIRED, text_values, texts_beside, with_texts
from mobilize.core.when import Precision, When, dated, timed, unknown
from mobilize.events.models import AgendaPoint, Attendance, Event
from mobilize.events.service import Facts, Point
from mobilize.events.showing import ATTENDANCE
from mobilize.organisations.rules import usable_zone

LTR = {"dir": "ltr"}
FACT_TEXTS = ("titles", "summaries", "texts", "audiences", "venues", "organisers", "partners")
POINT_TEXTS = ("titles", "details")


class _MomentForm(Form):
    """A moment as people know it: no day at all, a day, or a day and a time."""

    first_day = DateField(
        lazy("First day"), [Optional()], description=lazy("Leave it empty while the date is not known.")
    )
    start = TimeField(lazy("Start"), [Optional()], description=lazy("Leave it empty while only the day is known."))
    last_day = DateField(lazy("Last day"), [Optional()], description=lazy("Only if it lasts longer than a day."))
    end = TimeField(lazy("End"), [Optional()])
    timezone = StringField(lazy("Time zone"), [REQUIRED], render_kw=LTR)


class EventForm(EditForm, _MomentForm):
    """An event; texts by language are added by ``event_form``."""

    slug = StringField(lazy("Short name"), [Optional()], render_kw=LTR)
    attendance = RadioField(
        lazy("Where people take part"), choices=[SelectChoice(one.value, label) for one, label in ATTENDANCE.items()]
    )
    venue_address = TextAreaField(lazy("Address of the venue"), [Optional()])
    stream_url = StringField(
        lazy("Link to the live stream"),
        [Optional()],
        description=lazy("Only mailings to people who are registered to take part online show it. No page does."),
        render_kw={**LTR, "inputmode": "url", "autocomplete": "off"},
    )


class MoveForm(EditForm, _MomentForm):
    """The new moment of an event; reasons by language are added by ``with_reasons``."""


class StatusForm(EditForm):
    """What is to become of an event; reasons by language are added by ``with_reasons``."""


class PointForm(EditForm):
    """A point of a programme; texts by language are added by ``point_form``."""

    day = DateField(lazy("Day"), [Optional()])
    start = TimeField(lazy("Start"), [Optional()], description=lazy("Leave it empty if the programme says no time."))
    end = TimeField(lazy("End"), [Optional()])
    room = StringField(lazy("Room"), [Optional()])


def event_form(languages: Sequence[str]) -> type[EventForm]:
    texts = {
        "titles": (_("Title"), 200),
        "summaries": (_("Summary"), 600),
        "texts": (_("Text"), 20_000),
        "audiences": (_("Who it is for"), 200),
        "venues": (_("Name of the venue"), 200),
        "organisers": (_("Organisers, one a line"), 1000),
        "partners": (_("Partners, one a line"), 1000),
    }
    return with_texts(EventForm, languages, texts, required="titles")


def point_form(languages: Sequence[str]) -> type[PointForm]:
    texts = {
        "titles": (_("Title"), 200),
        "details": (_("Text"), 20_000),
    }
    return with_texts(PointForm, languages, texts, required="titles")


def with_reasons(kind: type[Any], languages: Sequence[str]) -> type[Any]:
    return with_texts(kind, languages, {"reasons": (_("Reason"), 1000)}, required="")


def stored_event(row: Event, languages: Sequence[str]) -> dict[str, Any]:
    """An event as the values of its form's fields."""
    values: dict[str, Any] = {
        "attendance": row.attendance.value,
        "venue_address": row.venue_address,
        "stream_url": row.stream_url,
    }
    for name in FACT_TEXTS:
        values |= text_values(name, getattr(row, name), languages)
    return {**values, **moment_values(row.when)}


def stored_status(row: Event) -> dict[str, Any]:
    """What a page that changes an event was opened with: a second change meanwhile is told apart by ``sequence``."""
    return {**moment_values(row.when), "sequence": row.sequence}


def moment_values(when: When) -> dict[str, Any]:
    """A moment as the values of its fields; the last day is named only where it is another than the first."""
    zone, is_timed = ZoneInfo(when.zone), when.precision is Precision.TIME
    clocks = [at.astimezone(zone).time() if at and is_timed else None for at in (when.starts_at, when.ends_at)]
    return {
        "first_day": when.first_day,
        "start": clocks[0],
        "last_day": when.last_day if when.last_day != when.first_day else None,
        "end": clocks[1],
        "timezone": when.zone,
    }


def stored_point(point: AgendaPoint, when: When, languages: Sequence[str]) -> dict[str, Any]:
    """A point of a programme as the values of its form's fields; ``when`` is its moment in the event's zone."""
    values = {**moment_values(when), "room": point.room, "day": when.first_day}
    for name in POINT_TEXTS:
        values |= text_values(name, getattr(point, name), languages)
    return {name: value for name, value in values.items() if name not in ("first_day", "last_day", "timezone")}


def facts(form: EventForm, languages: Sequence[str], row: Event | None = None) -> Facts:
    """What an event is, apart from its moment; texts of ``row`` in languages that the form does not show stay."""
    texts = {name: texts_beside(form, name, languages, getattr(row, name, {})) for name in FACT_TEXTS}
    return Facts(
        **texts,
        attendance=Attendance(form.attendance.data),
        venue_address=form.venue_address.data or "",
        stream_url=form.stream_url.data or "",
    )


def moment(form: _MomentForm) -> When:
    """The moment that was typed.

    Raises:
        Refused: no such zone or time, an end before the start, or a time without its day.
    """
    zone = usable_zone(form.timezone.data or "")
    first, start, last, end = form.first_day.data, form.start.data, form.last_day.data, form.end.data
    if first is None:
        if start or last or end:
            raise Refused("first_day", _("Choose the first day, or leave all of these empty"))
        return unknown(zone)
    if start is None:
        if end is not None:
            raise Refused("start", _("Choose when it starts, or leave the end empty"))
        return _named(lambda: dated(zone, first, last), "first_day", "last_day")
    if last is not None and end is None:
        raise Refused("end", _("Choose when it ends, or leave the last day empty"))
    return _named(
        lambda: timed(zone, _at(first, start), None if end is None else _at(last or first, end)), "start", "end"
    )


def point(form: PointForm, languages: Sequence[str], of: Event, row: AgendaPoint | None = None) -> Point:
    """A point of the programme of an event; its day is the event's first unless another is named.

    Texts of ``row`` in languages that the form does not show stay.

    Raises:
        Refused: a time without any day, no such time, or an end before the start.
    """
    day = form.day.data or of.when.first_day
    start, end = form.start.data, form.end.data
    if start is None and end is not None:
        raise Refused("start", _("Choose when it starts, or leave the end empty"))
    when = unknown(of.timezone)
    if start is not None:
        if day is None:
            raise Refused("day", _("Choose the day: that of the event is not known"))
        when = timed(of.timezone, _at(day, start), None if end is None else _at(day, end))
    texts = {name: texts_beside(form, name, languages, getattr(row, name, {})) for name in POINT_TEXTS}
    return Point(**texts, when=when, room=form.room.data or "")


def _at(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock)


def _named(make: Any, start: str, end: str) -> When:
    """What ``make`` gives; what it refuses stands beside the form's own fields."""
    try:
        made: When = make()
    except Refused as refusal:
        raise Refused(start if refusal.field == "start" else end, refusal.message) from refusal
    return made
