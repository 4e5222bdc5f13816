"""Rows that stand for the parameters of URLs of defenders and appeals (see tests/test_permissions.py)."""

from __future__ import annotations

from itertools import count

from sqlalchemy import select

from mobilize.appeals.models import Defender
from mobilize.appeals.pictures import publish_picture
from mobilize.appeals.queries import Details, today_in
from mobilize.appeals.rules import partial_date
from mobilize.appeals.service import Source, SourceKind, add_event, create_defender
from mobilize.core import clock
from mobilize.core.db import session
from mobilize.media.models import Picture
from mobilize.organisations.models import Organisation
from tests.appeals.writing import make_published

_numbers = count(1)


def make_defender(house: Organisation) -> str:
    return create_defender(house.id, Details("A. Example")).uid


def make_event(house: Organisation) -> str:
    """An event of the defender whom ``make_defender`` made last."""
    source = Source(SourceKind.TOLD, "a friend", "en", copy="Arrested.")
    return add_event(newest(house), partial_date("when", "2021"), {"en": "Arrested"}, source).uid


def make_picture(house: Organisation) -> str:
    """A picture of the defender whom ``make_defender`` made last."""
    name = f"{next(_numbers):040}.png"
    file = Picture(organisation_id=house.id, name=name, width=1, height=1, size=10, created_at=clock.now())
    session.add(file)
    session.flush()
    return publish_picture(newest(house), file, today_in(house.id), "the family", {"en": "A portrait"}).uid


def newest(house: Organisation) -> Defender:
    found = session.scalars(
        select(Defender).where(Defender.organisation_id == house.id).order_by(Defender.id.desc())
    ).first()
    assert found is not None
    return found


def make_appeal(house: Organisation) -> str:
    return make_published(house.id).slug


MAKERS = {
    "appeal_slug": make_appeal,
    **{f"appeal_changes.{name}:change": lambda _house: "closed" for name in ("ask", "apply")},
    "defender_uid": make_defender,
    "event_uid": make_event,
    "defender_cases.remove_picture:picture_uid": make_picture,
    "review_kind": lambda _house: "consent",
}
