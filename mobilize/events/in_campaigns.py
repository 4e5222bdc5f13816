"""Events as parts of a campaign: on its page, and in its next edition."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import select

from mobilize.core.db import session
from mobilize.core.feature import Entry, House
from mobilize.core.i18n import current_language, text_in
from mobilize.core.when import unknown
from mobilize.events import showing
from mobilize.events.models import Event
from mobilize.events.queries import agenda, speakers_of
from mobilize.events.service import Facts, Point, add_point, create_event
from mobilize.events.speakers import add_speaker, facts_of
from mobilize.organisations.queries import brand


def belongings(organisation: House, uids: Sequence[str], *, visitors: bool) -> Iterator[Entry]:
    """The events of a campaign; visitors see the published ones, with when and where they are."""
    whole = brand(organisation.id)
    for row in _events(organisation.id, uids):
        if visitors and row.published_at is None:
            continue
        # The timeline of staff shows the start itself.
        words = [showing.show_when(row.when) if visitors else "", showing.place(row, whole)]
        if row.published_at is not None:
            words.append(showing.show_status(row))
        yield Entry(
            uid=row.uid,
            title=text_in(row.titles, current_language(), whole.default_language),
            url=f"/{organisation.slug}/events/{row.slug}"
            if visitors
            else f"/studio/{organisation.slug}/calendar/{row.slug}",
            text=" · ".join(word for word in words if word),
            at=row.starts_at,
            zone=row.timezone,
            tone=showing.TONE[row.status] if row.published_at else "draft",
            icon="calendar",
            permission="event.read",
        )


def copies(organisation_id: int, uids: Sequence[str], edition: str) -> list[str]:
    """Drafts of the next edition: the same texts and place, no date, no stream link, programmes without times."""
    return [_copied(row, edition).uid for row in _events(organisation_id, uids)]


def _copied(row: Event, edition: str) -> Event:
    facts = Facts(
        titles=row.titles,
        summaries=row.summaries,
        texts=row.texts,
        audiences=row.audiences,
        organisers=row.organisers,
        partners=row.partners,
        attendance=row.attendance,
        venues=row.venues,
        venue_address=row.venue_address,
    )
    made = create_event(row.organisation_id, _free_slug(row, edition), facts, unknown(row.timezone))
    points = agenda(row.id)
    speakers = speakers_of(points)
    for point in points:
        again = add_point(made, Point(point.titles, unknown(row.timezone), point.details, point.room))
        for one in speakers[point.id]:
            add_speaker(made, again, facts_of(one))
    return made


def _free_slug(row: Event, edition: str) -> str:
    """The slug of the event with that of the edition, and a number if that is taken."""
    base = f"{row.slug[:25].rstrip('-')}-{edition[:25].rstrip('-')}"
    own = select(Event.slug).where(Event.organisation_id == row.organisation_id, Event.slug.startswith(base))
    taken = set(session.scalars(own))
    return next(slug for slug in (base, *(f"{base}-{number}" for number in range(2, 1000))) if slug not in taken)


def _events(organisation_id: int, uids: Sequence[str]) -> Sequence[Event]:
    own = select(Event).where(Event.organisation_id == organisation_id, Event.uid.in_(uids))
    return session.scalars(own.order_by(Event.starts_at, Event.id)).all()
