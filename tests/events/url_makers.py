"""Rows that stand for the parameters of events' URLs (see tests/test_permissions.py)."""

from __future__ import annotations

from itertools import count

from sqlalchemy import select

from mobilize.accounts.service import add_member, create_user
from mobilize.core.db import session
from mobilize.core.roles import Role
from mobilize.core.when import unknown
from mobilize.events.door.service import make_link
from mobilize.events.models import Attendance, Event
from mobilize.events.pictures import PictureFacts, add_picture
from mobilize.events.queries import agenda
from mobilize.events.registrations.answers import owner_of
from mobilize.events.registrations.asking import Place
from mobilize.events.registrations.groups import GroupFacts, create_group
from mobilize.events.registrations.models import Registration
from mobilize.events.registrations.service import FormFacts, ask, change_form
from mobilize.events.service import Facts, Point, add_point, create_event, publish
from mobilize.events.speakers import SpeakerFacts, add_speaker
from mobilize.events.stewards import name_steward
from mobilize.media.service import StoredPicture
from mobilize.media.service import add_picture as add_media
from mobilize.organisations.models import Organisation
from mobilize.organisations.queries import brand
from mobilize.questions.models import QuestionKind
from mobilize.questions.service import QuestionFacts, create_question

_numbers = count(1)


def make_event(house: Organisation) -> str:
    row = create_event(house.id, f"event-{next(_numbers)}", Facts({"en": "A lecture"}), unknown(house.timezone))
    publish(row)
    return row.slug


def make_point(house: Organisation) -> str:
    """A point of the event that ``make_event`` made last."""
    row = session.scalars(select(Event).where(Event.organisation_id == house.id).order_by(Event.id.desc())).first()
    assert row is not None
    return add_point(row, Point({"en": "Welcome"}, unknown(house.timezone))).uid


def make_registration(house: Organisation) -> str:
    """Somebody who asked to come to the event that ``make_event`` made last."""
    row = session.scalars(select(Event).where(Event.organisation_id == house.id).order_by(Event.id.desc())).first()
    assert row is not None
    change_form(row, FormFacts())
    place = Place("", "", Attendance.VENUE, "")
    ask(row, brand(house.id), f"registrant-{next(_numbers)}@example.org", "en", place)
    return session.scalars(select(Registration.uid).order_by(Registration.id.desc())).first() or ""


def newest_event(house: Organisation) -> Event:
    """The event that ``make_event`` made last."""
    row = session.scalars(select(Event).where(Event.organisation_id == house.id).order_by(Event.id.desc())).first()
    assert row is not None
    return row


def make_question(house: Organisation) -> str:
    owner = owner_of(newest_event(house).id)
    slug = f"question_{next(_numbers)}"
    return create_question(house.id, owner, slug, QuestionKind.SHORT_TEXT, QuestionFacts({"en": "Diet"})).slug


def make_group(house: Organisation) -> str:
    return create_group(newest_event(house), f"group-{next(_numbers)}", GroupFacts({"en": "Members"})).slug


def make_door(house: Organisation) -> str:
    return make_link(newest_event(house), "Main entrance").uid


def make_steward(house: Organisation) -> str:
    """Of the event that ``make_event`` made last."""
    user = create_user(f"steward-{next(_numbers)}@example.org", "correct horse battery staple", language="en")
    add_member(user, house.id, Role.STEWARD)
    name_steward(newest_event(house), user.uid)
    return user.uid


def make_speaker(house: Organisation) -> str:
    """Somebody at the point that ``make_point`` made last."""
    event = newest_event(house)
    return add_speaker(event, agenda(event.id)[-1], SpeakerFacts({"en": "Amina Benali"})).uid


def make_picture(house: Organisation) -> str:
    """A picture of the event that ``make_event`` made last; no file is behind it."""
    stored = StoredPicture(f"{next(_numbers):040x}.png", 60, 40, 100, was_animated=False)
    return add_picture(newest_event(house), add_media(house.id, stored).name, PictureFacts({"en": "Seats"})).uid


MAKERS = {
    "steward_uid": make_steward,
    "event_slug": make_event,
    "point_uid": make_point,
    "speaker_uid": make_speaker,
    "picture_uid": make_picture,
    "registration_uid": make_registration,
    "change": lambda _house: "cancelled",
    "what": lambda _house: "up",
    "group_slug": make_group,
    "link_uid": make_door,
    "registration_groups.offer:what": lambda _house: "end",
    **{f"event_questions.{name}:field_slug": make_question for name in ("edit", "change", "place", "end", "again")},
}
