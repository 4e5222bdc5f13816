"""A fair with the short name of an event is held there: it stands on the event's pages and ends with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import select

from mobilize.core.db import session
from mobilize.core.effects import Outcome
from mobilize.core.feature import Addition, Effect, Entry, House, PlannedChange
from mobilize.events.models import Event
from tests.toy.models import Fair


def effects(change: PlannedChange, _now: datetime) -> Iterator[Effect]:
    for row in _fairs(change.organisation_id, change.ref) if change.is_off else ():
        yield Effect(Outcome.NOT_SENT, f"fair:{row.uid}", f"“{row.title}” ends")


def carry_out(change: PlannedChange) -> None:
    for row in _fairs(change.organisation_id, change.ref) if change.is_off else ():
        row.is_over = True


def additions(house: House, uid: str) -> Iterator[Addition]:
    for row in _fairs(house.id, f"event:{uid}"):
        entry = Entry(uid=row.uid, title=row.title, url=f"/{house.slug}/fairs/{row.slug}")
        yield Addition(f"fair:{row.uid}", str(row.version), entry, is_public=not row.is_over)


def _fairs(organisation_id: int, ref: str) -> Sequence[Fair]:
    kind, _colon, uid = ref.partition(":")
    if kind != "event":
        return ()
    own = select(Fair).join(Event, (Event.organisation_id == Fair.organisation_id) & (Event.slug == Fair.slug))
    return session.scalars(own.where(Event.organisation_id == organisation_id, Event.uid == uid)).all()
