"""Reads: events of one organisation."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Select, select

from mobilize.core.db import session
from mobilize.core.errors import NotFound
from mobilize.core.feature import AuditSubject, Confirmation
from mobilize.core.i18n import current_language, lazy, text_in
from mobilize.events.models import AgendaPoint, Event, EventPicture, EventStatus, Speaker
from mobilize.media.models import Picture

MOST_SHOWN = 500
"""Of a list or a feed: an organisation with an event on every day of a year stays below."""


def event_by_slug(organisation_id: int, slug: str) -> Event:
    """Raises NotFound: no event of the organisation has this slug."""
    return _one(_events(organisation_id).where(Event.slug == slug))


def published_event(organisation_id: int, slug: str) -> Event:
    """Raises NotFound: no published event of the organisation has this slug."""
    return _one(_published(organisation_id).where(Event.slug == slug))


def events(organisation_id: int) -> Sequence[Event]:
    """All, those without a date first, then the latest first."""
    wanted = _events(organisation_id).order_by(Event.starts_at.is_not(None), Event.starts_at.desc(), Event.id.desc())
    return session.scalars(wanted.limit(MOST_SHOWN)).all()


def published_events(organisation_id: int) -> Sequence[Event]:
    """Those that visitors see, the latest first, then those without a date."""
    wanted = _published(organisation_id).order_by(Event.starts_at.is_(None), Event.starts_at.desc(), Event.id.desc())
    return session.scalars(wanted.limit(MOST_SHOWN)).all()


def to_come(found: Iterable[Event], now: datetime) -> list[Event]:
    """Those that are not over, the soonest first, then those whose date is not known."""
    ahead = [one for one in found if not one.is_over(now)]
    return sorted(ahead, key=lambda one: (_date_is_open(one), one.starts_at or now, one.id))


def over(found: Iterable[Event], now: datetime) -> list[Event]:
    """Those that are over, the latest first."""
    past = [one for one in found if one.is_over(now)]
    return sorted(past, key=lambda one: (one.starts_at or now, one.id), reverse=True)


def between(organisation_id: int, first: date, last: date, *, published: bool) -> list[Event]:
    """Events on the local days ``first`` to ``last``, by their beginning."""
    # Local days reach up to fourteen hours over those of UTC; the exact comparison is by local day.
    early, late = (datetime(day.year, day.month, day.day, tzinfo=UTC) for day in (first, last))
    begun = Event.starts_at < late + timedelta(days=2)
    not_ended = (Event.ends_at.is_(None) & (Event.starts_at > early - timedelta(days=1))) | (
        Event.ends_at > early - timedelta(days=1)
    )
    wanted = (_published if published else _events)(organisation_id).where(begun, not_ended)
    found = session.scalars(wanted.order_by(Event.starts_at, Event.id).limit(MOST_SHOWN))
    return [one for one in found if _touches(one, first, last)]


def event_by_uid(organisation_id: int, uid: str) -> Event | None:
    """The organisation's event of this uid; None if there is none."""
    return session.scalar(_events(organisation_id).where(Event.uid == uid))


def versions_held(uids: Collection[str]) -> dict[str, int]:
    """The versions of those events that are there; nobody changes one before the unit ends."""
    wanted = select(Event.uid, Event.version).where(Event.uid.in_(uids)).order_by(Event.id)
    return {row.uid: row.version for row in session.execute(wanted.with_for_update(read=True))}


def agenda(event_id: int) -> Sequence[AgendaPoint]:
    """The points of an event's programme in their order."""
    wanted = select(AgendaPoint).where(AgendaPoint.event_id == event_id)
    return session.scalars(wanted.order_by(AgendaPoint.position, AgendaPoint.id)).all()


def agenda_point(event_id: int, uid: str) -> AgendaPoint:
    """Raises NotFound: the event's programme has no such point."""
    found = session.scalar(select(AgendaPoint).where(AgendaPoint.event_id == event_id, AgendaPoint.uid == uid))
    if found is None:
        raise NotFound("agenda point")
    return found


def speakers_of(points: Iterable[AgendaPoint]) -> Mapping[int, Sequence[Speaker]]:
    """Who speaks at these points, in their order, by the point's id; every point is there."""
    found: dict[int, list[Speaker]] = {point.id: [] for point in points}
    wanted = select(Speaker).where(Speaker.point_id.in_(found)).order_by(Speaker.position, Speaker.id)
    for one in session.scalars(wanted):
        found[one.point_id].append(one)
    return found


def speaker(point_id: int, uid: str) -> Speaker:
    """Raises NotFound: nobody of this uid speaks at the point."""
    found = session.scalar(select(Speaker).where(Speaker.point_id == point_id, Speaker.uid == uid))
    if found is None:
        raise NotFound("speaker")
    return found


def pictures_of(event_id: int) -> Sequence[tuple[EventPicture, Picture]]:
    """The pictures of an event in their order, what is said of each first."""
    found = session.execute(_pictures(event_id).order_by(EventPicture.position, EventPicture.id))
    return [(row[0], row[1]) for row in found]


def event_picture(event_id: int, uid: str) -> tuple[EventPicture, Picture]:
    """Raises NotFound: the event does not show a picture of this uid."""
    found = session.execute(_pictures(event_id).where(EventPicture.uid == uid)).one_or_none()
    if found is None:
        raise NotFound("picture")
    return found[0], found[1]


def _pictures(event_id: int) -> Select[EventPicture, Picture]:
    shown = select(EventPicture, Picture).join(Picture, Picture.id == EventPicture.picture_id)
    return shown.where(EventPicture.event_id == event_id)


def _date_is_open(row: Event) -> bool:
    return row.starts_at is None or row.status is EventStatus.POSTPONED


def _touches(row: Event, first: date, last: date) -> bool:
    begins, ends = row.when.first_day, row.when.last_day
    return begins is not None and ends is not None and begins <= last and ends >= first


def _events(organisation_id: int) -> Select[Event]:
    return select(Event).where(Event.organisation_id == organisation_id)


def _published(organisation_id: int) -> Select[Event]:
    return _events(organisation_id).where(Event.published_at.is_not(None))


def _one(wanted: Select[Event]) -> Event:
    found = session.scalar(wanted)
    if found is None:
        raise NotFound("event")
    return found


def _audit_subjects(organisation_id: int, uids: Collection[str]) -> Mapping[str, AuditSubject]:
    """Events as the trail names and links them."""
    found = session.scalars(_events(organisation_id).where(Event.uid.in_(uids)))
    return {row.uid: AuditSubject(name_of(row), "events.edit", {"event_slug": row.slug}) for row in found}


def _names(event_ids: Collection[int]) -> Mapping[int, str]:
    """What events are called, by id."""
    return {row.id: name_of(row) for row in session.scalars(select(Event).where(Event.id.in_(event_ids)))}


def name_of(row: Event) -> str:
    """An event's title in the reader's language, else in one that it has."""
    return text_in(row.titles, current_language(), next(iter(row.titles)))


AUDIT_SUBJECTS = {"event": _audit_subjects}
CONFIRMATION = Confirmation(lazy("A registration"), _names)
