"""An event with rules, people who are registered for it, and a clock that is moved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time

import pytest

from mobilize.audiences.audience import Audience
from mobilize.core import clock, db, feature
from mobilize.core.db import session
from mobilize.core.feature import Anchored
from mobilize.core.when import timed
from mobilize.events.models import Attendance, Event
from mobilize.events.queries import event_by_slug
from mobilize.events.registrations.models import Registration, RegistrationState
from mobilize.events.service import Facts, create_event, publish
from mobilize.mailings.content import MailingText, SenderText, Version, read_version
from mobilize.organisations.queries import Brand, brand
from mobilize.schedules.models import Rule
from mobilize.schedules.offsets import Offset
from mobilize.schedules.queries import rule_by_uid
from mobilize.schedules.service import RuleFacts, arm, create_rule
from tests.crowd import make_people
from tests.factories import make_organisation

LONG_BEFORE = datetime(2018, 4, 1, 12, tzinfo=UTC)
MORNING = time(10)
DAY_BEFORE = Offset(days=-1, at_time=MORNING)
START = datetime(2018, 5, 14, 17, tzinfo=UTC)
"""19:00 in Amsterdam."""


def wall(*parts: int) -> datetime:
    """What the clock on the wall shows."""
    return datetime(*parts, tzinfo=UTC).replace(tzinfo=None)  # type: ignore[arg-type,misc]


@pytest.fixture
def house(installation: object) -> Brand:
    with db.writing(), clock.frozen(LONG_BEFORE):
        return brand(make_organisation(slug="centre", name="The Centre", timezone="Europe/Amsterdam").id)


@pytest.fixture
def lecture(house: Brand) -> str:
    """The slug of a published event at a place and online, on 14 May 2018, 19:00 to 21:00 in Amsterdam."""
    facts = Facts(titles={"en": "Partners", "fr": "Partenaires"}, attendance=Attendance.BOTH)
    with db.writing(), clock.frozen(LONG_BEFORE):
        row = create_event(
            house.id, "partners", facts, timed(house.timezone, wall(2018, 5, 14, 19), wall(2018, 5, 14, 21))
        )
        publish(row)
    return "partners"


def the_event(house: Brand) -> Event:
    return event_by_slug(house.id, "partners")


def thing(house: Brand) -> Anchored:
    found = feature.anchored(house.id, f"event:{the_event(house).uid}")
    assert found is not None
    return found


def register(
    house: Brand, number: int, *, attendance: Attendance = Attendance.VENUE, language: str = "en"
) -> list[int]:
    """So many people who are registered; their recipient ids."""
    with db.writing():
        event, people = the_event(house), make_people(house, number, [], language)
        session.add_all(
            Registration(
                event_id=event.id,
                recipient_id=person,
                state=RegistrationState.REGISTERED,
                attendance=attendance,
                language=language,
                changed_at=clock.now(),
            )
            for person in people
        )
    return people


MakeRule = Callable[..., str]


@pytest.fixture
def rule(house: Brand, lecture: str) -> MakeRule:
    """Makes a rule with a short text, armed long before the event unless told otherwise; its uid."""

    def make(
        name: str = "Reminder",
        offset: Offset = DAY_BEFORE,
        *,
        moment: str = "start",
        group: str = "registered",
        lateness: int = 12 * 60,
        armed: bool = True,
        at: datetime = LONG_BEFORE,
    ) -> str:
        with db.writing(), clock.frozen(at):
            found = thing(house)
            facts = RuleFacts(name, moment, offset, Audience(house.id, group=f"{found.ref}:{group}"), lateness)
            words = {tag: _words(f"{name} {tag}", tag) for tag in ("en", "fr")}
            row: Rule = create_rule(found, facts, MailingText(name, SenderText(), words))
            uid = row.uid
        if armed:
            with db.writing(), clock.frozen(at):
                arm(rule_by_uid(house.id, uid), thing(house))
        return uid

    return make


def _words(subject: str, tag: str) -> Version:
    return read_version({"subject": subject, "preheader": "", "blocks": [{"type": "text", "markdown": "Hello."}]}, tag)
