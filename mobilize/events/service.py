"""Changes to events. Nothing here commits.

Until an event is published its moment is set like any other fact. From then on people rely on it: ``move``,
``postpone``, ``move_online`` and ``cancel`` keep what was announced before, and raise ``sequence`` so that calendars
take the change over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import delete, select

from mobilize.campaigns.service import release
from mobilize.core import audit, clock, text
from mobilize.core.db import session
from mobilize.core.errors import Conflict, Refused
from mobilize.core.i18n import _
from mobilize.core.json_fields import MAX_URL, checked_url
from mobilize.core.when import Precision, When
from mobilize.delivery.composing import markdown
from mobilize.delivery.source_holds import hold_for_source
from mobilize.events import rules
from mobilize.events.models import AgendaPoint, Attendance, Event, EventPicture, EventStatus, Speaker

Texts = Mapping[str, str]

MOST_POINTS = 100


@dataclass(frozen=True)
class Facts:
    """What an event is, apart from its moment; texts by language, organisers and partners one a line.

    ``stream_url`` is the https address at which registered people take part online.
    """

    titles: Texts
    summaries: Texts = field(default_factory=dict)
    texts: Texts = field(default_factory=dict)
    audiences: Texts = field(default_factory=dict)
    organisers: Texts = field(default_factory=dict)
    partners: Texts = field(default_factory=dict)
    attendance: Attendance = Attendance.VENUE
    venues: Texts = field(default_factory=dict)
    venue_address: str = ""
    stream_url: str = ""


@dataclass(frozen=True)
class Point:
    """One point of a programme; ``when`` is that of the point itself, unknown where the programme says no time."""

    titles: Texts
    when: When
    details: Texts = field(default_factory=dict)
    room: str = ""


def create_event(organisation_id: int, slug: str, facts: Facts, when: When) -> Event:
    """A draft: only staff see it.

    Raises:
        Conflict: the slug is taken in this organisation.
        Refused: a value that does not hold, with its field.
    """
    slug = text.slug("slug", slug)
    taken = select(Event.id).where(Event.organisation_id == organisation_id, Event.slug == slug)
    if session.scalar(taken) is not None:
        raise Conflict(_("There is an event with this short name already"))
    now = clock.now()
    row = Event(organisation_id=organisation_id, slug=slug, created_at=now, changed_at=now, **_columns(facts, when))
    session.add(row)
    session.flush()
    _record("event.created", row)
    return row


def change_event(row: Event, facts: Facts, when: When | None = None) -> None:
    """Other texts and another place; another moment only while it is not published.

    Raises:
        Conflict: the event is cancelled, or it is published and ``when`` is another moment.
        Refused: a value that does not hold, with its field.
    """
    lock(row)
    rules.require_changeable(row.status)
    if when is not None and when != row.when and row.published_at is not None:
        raise Conflict(_("People rely on the date that was announced: press “Move it” instead"))
    columns = _columns(facts, when or row.when)
    place = {name: columns[name] for name in ("attendance", "venues", "venue_address")}
    if row.published_at is not None and any(getattr(row, name) != value for name, value in place.items()):
        row.sequence += 1
    _set(row, columns)
    _record("event.changed", row)


def publish(row: Event) -> None:
    """Show it on public pages and in calendars. Repeating is nothing.

    Raises:
        Conflict: the event is cancelled.
    """
    lock(row)
    rules.require_changeable(row.status)
    if row.published_at is None:
        row.published_at = clock.now()
        touch(row)
        _record("event.published", row)


def move(row: Event, when: When, reasons: Texts) -> None:
    """Another moment for an event that was announced; the reason by language may be empty.

    Raises:
        Conflict: the event is cancelled, or has this moment already.
        Refused: a moment that is not known, or a reason that does not hold.
    """
    lock(row)
    rules.require_changeable(row.status)
    if when.precision is Precision.UNKNOWN:
        raise Refused("first_day", _("Choose the new date. Without one, postpone the event"))
    if when == row.when and row.status is not EventStatus.POSTPONED:
        raise Conflict(_("That is when it takes place already"))
    _remember_moment(row)
    status = rules.moved(row.status, had_date=row.precision is not Precision.UNKNOWN)
    _set(row, _moment(when))
    _become(row, status, reasons, "event.moved")


def postpone(row: Event, reasons: Texts) -> None:
    """It does not take place then; a new date is not known yet.

    Raises:
        Conflict: the event is cancelled, over, or postponed already.
        Refused: a reason that does not hold.
    """
    _require_to_come(row)
    if row.status is EventStatus.POSTPONED:
        raise Conflict(_("This event is postponed already"))
    _remember_moment(row)
    _become(row, EventStatus.POSTPONED, reasons, "event.postponed")


def move_online(row: Event, reasons: Texts) -> None:
    """It takes place, but only online.

    Raises:
        Conflict: the event is cancelled, over, or online already.
        Refused: a reason that does not hold.
    """
    _require_to_come(row)
    if row.attendance is Attendance.ONLINE:
        raise Conflict(_("This event takes place online already"))
    row.attendance = Attendance.ONLINE
    _become(row, EventStatus.MOVED_ONLINE, reasons, "event.moved_online")


def cancel(row: Event, reasons: Texts) -> None:
    """It does not take place. This is final. Repeating is refused, so that nobody is told twice.

    Raises:
        Conflict: the event is cancelled or over.
        Refused: a reason that does not hold.
    """
    _require_to_come(row)
    _become(row, EventStatus.CANCELLED, reasons, "event.cancelled")


def delete_draft(row: Event) -> None:
    """Remove an event that was never published.

    Raises:
        Conflict: it was published: people may hold links to it. Cancel it instead.
    """
    lock(row)
    if row.published_at is not None:
        raise Conflict(_("This event was published: people may have its link. Cancel it instead"))
    for point in session.scalars(select(AgendaPoint).where(AgendaPoint.event_id == row.id)):
        _delete_point(point)
    session.execute(delete(EventPicture).where(EventPicture.event_id == row.id))
    release("event", row.uid)
    _record("event.deleted", row)
    session.delete(row)


def add_point(row: Event, point: Point) -> AgendaPoint:
    """One more point at the end of the programme.

    Raises:
        Conflict: the event is cancelled, or its programme is full.
        Refused: a text that does not hold.
    """
    lock(row)
    rules.require_changeable(row.status)
    positions = session.scalars(select(AgendaPoint.position).where(AgendaPoint.event_id == row.id)).all()
    if len(positions) >= MOST_POINTS:
        raise Conflict(_("A programme has at most %(count)d points", count=MOST_POINTS))
    made = AgendaPoint(event_id=row.id, position=max(positions, default=0) + 1, **_point_columns(point))
    session.add(made)
    session.flush()
    touch(row)
    _record("event.changed", row)
    return made


def change_point(row: Event, point: AgendaPoint, words: Point) -> None:
    """Other words or another time for a point of this event's programme.

    Raises:
        Conflict: the event is cancelled.
        Refused: a text that does not hold.
    """
    lock(row)
    rules.require_changeable(row.status)
    for name, value in _point_columns(words).items():
        setattr(point, name, value)
    touch(row)
    _record("event.changed", row)


def remove_point(row: Event, point: AgendaPoint) -> None:
    """Take a point off this event's programme.

    Raises:
        Conflict: the event is cancelled.
    """
    lock(row)
    rules.require_changeable(row.status)
    _delete_point(point)
    touch(row)
    _record("event.changed", row)


def _delete_point(point: AgendaPoint) -> None:
    session.execute(delete(Speaker).where(Speaker.point_id == point.id))
    session.delete(point)


def move_point(row: Event, point: AgendaPoint, *, up: bool) -> None:
    """Let a point change places with its neighbour; at the end of the programme it stays.

    Raises:
        Conflict: the event is cancelled.
    """
    lock(row)
    rules.require_changeable(row.status)
    beyond = AgendaPoint.position < point.position if up else AgendaPoint.position > point.position
    order = AgendaPoint.position.desc() if up else AgendaPoint.position
    other = session.scalar(select(AgendaPoint).where(AgendaPoint.event_id == row.id, beyond).order_by(order).limit(1))
    if other is not None:
        point.position, other.position = other.position, point.position
        touch(row)


def lock(row: Event) -> None:
    """Read it anew and let others wait: of two changes at once, the second sees the first.

    It comes before the locks of messages and mailings, in the order in which a launch takes them.
    """
    session.flush()
    session.refresh(row, with_for_update=True)


def touch(row: Event) -> None:
    """Raise the version of a locked event; mailings that wait and show an older one are held from this commit on."""
    row.version += 1
    row.changed_at = clock.now()
    session.flush()
    hold_for_source(f"event:{row.uid}", row.version)


def require_possible(row: Event, *, needs_future: bool) -> None:
    """Pass when people could still be told of a change of its moment or status; ``needs_future``: of one not over only.

    Raises:
        Conflict: the event is cancelled or over.
    """
    rules.require_changeable(row.status)
    if needs_future:
        rules.require_ahead(is_over=row.is_over(clock.now()))


def _require_to_come(row: Event) -> None:
    lock(row)
    require_possible(row, needs_future=True)


def _remember_moment(row: Event) -> None:
    """What was announced: of a postponed event that is the moment before it was postponed."""
    if row.status is not EventStatus.POSTPONED:
        row.previous_precision, row.previous_starts_at, row.previous_ends_at = row.precision, row.starts_at, row.ends_at


def _become(row: Event, status: EventStatus, reasons: Texts, action: str) -> None:
    row.status = status
    row.reasons = text.lines_each("reasons", reasons, at_most=1000)
    row.status_changed_at = clock.now()
    row.sequence += 1
    touch(row)
    _record(action, row)


def _columns(facts: Facts, when: When) -> dict[str, object]:
    return {
        "titles": text.required_line_each("titles", facts.titles),
        "summaries": text.lines_each("summaries", facts.summaries, at_most=600),
        "texts": markdown.clean_each("texts", facts.texts),
        "audiences": text.lines_each("audiences", facts.audiences, at_most=300),
        "organisers": text.lines_each("organisers", facts.organisers, at_most=1000),
        "partners": text.lines_each("partners", facts.partners, at_most=1000),
        "attendance": facts.attendance,
        "venues": text.lines_each("venues", facts.venues, at_most=200),
        "venue_address": text.lines("venue_address", facts.venue_address, at_most=400),
        "stream_url": _stream_url(facts.stream_url),
        **_moment(when),
    }


def _moment(when: When) -> dict[str, object]:
    return {
        "precision": when.precision,
        "timezone": when.zone,
        "starts_at": when.starts_at,
        "ends_at": when.ends_at,
    }


def _point_columns(point: Point) -> dict[str, object]:
    return {
        "titles": text.required_line_each("titles", point.titles),
        "details": markdown.clean_each("details", point.details),
        "room": text.one_line("room", point.room, at_most=120),
        "starts_at": point.when.starts_at,
        "ends_at": point.when.ends_at,
    }


def _stream_url(typed: str) -> str:
    url = checked_url("stream_url", text.one_line("stream_url", typed, at_most=MAX_URL))
    if url and not url.lower().startswith("https://"):
        raise Refused("stream_url", _("Write a whole address, starting with https://"))
    return url


def _set(row: Event, values: Mapping[str, object]) -> None:
    for name, value in values.items():
        setattr(row, name, value)
    touch(row)


def _record(action: str, row: Event) -> None:
    audit.record(action, organisation_id=row.organisation_id, subject=f"event:{row.uid}", slug=row.slug)
