"""The seeds' events as if they were this week: a reminder leaves within minutes, and one event is there to cancel."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.core.settings import Settings
from mobilize.delivery.models import Message, Stream
from mobilize.demo import service, this_week
from mobilize.events import changes
from mobilize.events.models import Event
from mobilize.events.registrations.models import Registration, RegistrationState
from mobilize.organisations.models import Organisation
from mobilize.schedules.models import Occurrence, Rule
from mobilize.schedules.tick_steps import fire_rules
from tests.mailings.postman import on_duty, text_of

NOW = datetime(2027, 3, 10, 8, 15, 20, tzinfo=UTC)
"""A Wednesday morning; the first event begins at 11:18 in Brussels."""


@pytest.fixture
def begun(demonstration: Settings) -> Iterator[list[str]]:
    """What the service says when it starts at ``NOW``."""
    with clock.frozen(NOW):
        yield service.prepare_serving(demonstration)


def event(slug: str) -> Event:
    """The newest of an organisation's events of this week."""
    own = select(Event).join(Organisation, Organisation.id == Event.organisation_id).where(Organisation.slug == slug)
    return session.scalars(own.where(Event.slug.startswith(this_week.SLUG)).order_by(Event.id.desc())).all()[0]


def states(row: Event) -> Counter[RegistrationState]:
    return Counter(session.scalars(select(Registration.state).where(Registration.event_id == row.id)))


def test_three_events_are_ahead_with_people_registered(begun: list[str]) -> None:
    """At the moments that their seeds tell, counted from now; nobody of them stands outside example.org."""
    with db.reading():
        launch, debate, conference = (event(one.org) for one in this_week.EVENTS)
        assert launch.starts_at == datetime(2027, 3, 10, 10, 18, tzinfo=UTC)
        assert (debate.starts_at, debate.ends_at) == (
            datetime(2027, 3, 10, 12, 16, tzinfo=UTC),
            datetime(2027, 3, 10, 14, 16, tzinfo=UTC),
        )
        assert str(conference.when.first_day) == "2027-03-13"
        assert states(debate) == {"registered": 12, "waiting": 3, "pending": 2}
        assert states(launch) == {"registered": 20, "waiting": 3}
        assert launch.titles["nl"].endswith("(alsof het deze week was)")
    assert any("as if it were this week" in line for line in begun)


def test_a_reminder_leaves_within_minutes(begun: list[str], demonstration: Settings) -> None:
    """To those of the room and to those online, each in their language; only the latter get the stream's link."""
    with on_duty(demonstration) as postman:
        for minutes in (1, 4):
            with clock.frozen(NOW + timedelta(minutes=minutes)):
                fire_rules(clock.now(), demonstration)
                postman.deliver(Stream.URGENT)
            if minutes == 1:
                assert postman.mails == []
        mails = postman.mails
    assert len(mails) == 20
    assert all(str(mail["To"]).rstrip(">").endswith(".example.org") for mail in mails)
    assert sum("stream.example.org/this-week" in text_of(mail) for mail in mails) == 8
    assert len({str(mail["Subject"]) for mail in mails}) == 6


def test_cancelling_one_tells_everybody(begun: list[str], demonstration: Settings) -> None:
    """Registered, waiting and pending people, at once; its reminder never leaves."""
    with db.writing(), clock.frozen(NOW + timedelta(minutes=5)):
        changes.cancel(event("leidenasiacentre"), {"en": "Unforeseen circumstances."})
    with on_duty(demonstration) as postman, clock.frozen(NOW + timedelta(minutes=5)):
        postman.deliver(Stream.TRANSACTIONAL)
        assert len(postman.mails) == 12 + 3 + 2
        assert all("Unforeseen circumstances." in text_of(mail) for mail in postman.mails)
    with clock.frozen(NOW + timedelta(hours=2, minutes=2)):
        fire_rules(clock.now(), demonstration)
    with db.reading():
        own = select(Rule.id).where(Rule.anchor == f"event:{event('leidenasiacentre').uid}")
        assert session.scalars(select(Occurrence).where(Occurrence.rule_id.in_(own))).all() == []


def test_starting_again_makes_them_anew_only_once_they_are_over(begun: list[str], demonstration: Settings) -> None:
    with db.reading():
        before = [event(one.org).id for one in this_week.EVENTS]
    for later, is_new in ((timedelta(minutes=30), False), (timedelta(days=5), True)):
        with clock.frozen(NOW + later):
            service.prepare_serving(demonstration)
            with db.reading():
                now = [event(one.org).id for one in this_week.EVENTS]
        assert [one > other for one, other in zip(now, before, strict=True)] == [is_new] * 3


def test_with_a_real_mail_server_nothing_of_it_leaves(begun: list[str], demonstration: Settings) -> None:
    """Its rules are switched off before the service starts, and stay so."""
    real = replace(demonstration, smtp_url="smtp://mail.example.net:25")
    with clock.frozen(NOW + timedelta(minutes=1)):
        assert service.prepare_serving(real) == []
    with clock.frozen(NOW + timedelta(minutes=4)):
        fire_rules(clock.now(), real)
    with db.reading():
        assert session.scalars(select(Rule).where(Rule.armed_at.is_not(None))).all() == []
        assert session.scalars(select(Message).where(Message.stream == Stream.URGENT)).all() == []


def test_an_organisation_of_somebody_else_gets_none(demonstration: Settings) -> None:
    """Whatever its name: only the demonstration's own organisations are filled."""
    with db.writing():
        for row in session.scalars(select(Organisation)):
            row.is_demonstration = False
    with clock.frozen(NOW):
        assert this_week.make() == []
    with db.reading():
        assert session.scalars(select(Event).where(Event.slug.startswith(this_week.SLUG))).all() == []
