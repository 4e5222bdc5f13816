"""A dump after an event's retention, or after an erasure, holds none of its people: searched, sealed values opened."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import func, select

from mobilize import tick
from mobilize.core import clock, db
from mobilize.core.db import new_uid, session
from mobilize.core.settings import Settings
from mobilize.events.door.service import let_in, make_link
from mobilize.events.models import Event
from mobilize.events.queries import event_by_slug
from mobilize.events.registrations.answers import owner_of
from mobilize.events.registrations.models import DoorScan, Registration
from mobilize.events.registrations.queries import form_of
from mobilize.events.registrations.service import FormFacts, change_form
from mobilize.events.registrations.tickets import known_ticket
from mobilize.organisations.queries import Brand
from mobilize.people.erasing import BY_STAFF, begin_erasure, finish_erasures
from mobilize.questions.models import QuestionKind
from mobilize.questions.service import QuestionFacts, create_question
from tests.events.conftest import AFTER, BEFORE
from tests.events.test_registering import ask
from tests.people import dump
from tests.signup.visiting import mails, press

ADDRESS, FIRST, LAST, DIET, SEATS = "zubeida.qadri@reader.example.net", "Zubeida", "Qadri", "Couscous", 12345678.0


@pytest.fixture
def guest(client: FlaskClient, house: Brand, lecture: str) -> int:
    """The id of an event to which somebody came who answered two questions, one of them in plain."""
    with time_machine.travel(BEFORE, tick=False):
        with db.writing():
            event = event_by_slug(house.id, lecture)
            change_form(event, FormFacts())
            owner = owner_of(event.id)
            create_question(house.id, owner, "diet", QuestionKind.SHORT_TEXT, QuestionFacts({"en": "Diet"}))
            create_question(house.id, owner, "seats", QuestionKind.NUMBER, QuestionFacts({"en": "Seats"}))
        typed = {"first_name": FIRST, "last_name": LAST, "answer_diet": DIET, "answer_seats": str(int(SEATS))}
        assert ask(client, ADDRESS, **typed).status_code == 303
        press(client, mails()[-1].links["action_url"])
        with db.writing():
            event = event_by_slug(house.id, lecture)
            code = known_ticket(session.scalars(select(Registration)).one(), event)
            let_in(event, make_link(event, "Main entrance"), code, new_uid(), clock.now())
            return event.id


def traces(settings: Settings) -> set[str]:
    """What of the guest is found in the database, Redis, the files, and all that the keys open."""
    words = {word: word.encode() for word in (ADDRESS, FIRST, LAST, DIET)}
    with db.reading():
        hashes = session.scalars(select(Registration.ticket_hash)).all()
    found = [dump.octets(settings), dump.in_redis(settings), dump.files(settings), "\n".join(dump.opened()).encode()]
    seen = {name for name, octets in words.items() if any(octets in one for one in found)}
    return seen | {"seats" for _column in dump.columns_with(SEATS)} | {"ticket" for one in hashes if one}


def test_the_search_finds_what_there_is(guest: int, installation: Settings) -> None:
    """Or it would prove nothing."""
    assert traces(installation) == {ADDRESS, FIRST, LAST, DIET, "seats", "ticket"}


def test_after_the_retention_nobody_is_left_and_the_numbers_stay(guest: int, installation: Settings) -> None:
    with time_machine.travel(AFTER + timedelta(days=31), tick=False):
        tick.run(clock.now(), installation)
    assert traces(installation) == set()
    with db.reading():
        form = form_of(guest)
        assert form is not None
        assert form.sums == {"registered": 1, "seats": 1, "attended": 1}


def test_erased_in_between_they_are_gone_at_once_and_the_event_goes_on(
    guest: int, house: Brand, installation: Settings
) -> None:
    with time_machine.travel(BEFORE + timedelta(minutes=1), tick=False):
        with db.writing():
            recipient_id = session.scalars(select(Registration.recipient_id)).one()
            begin_erasure(house.id, [recipient_id], BY_STAFF)
        finish_erasures(installation)
        tick.run(clock.now(), installation)
    assert traces(installation) == set()
    with db.reading():
        assert session.scalar(select(func.count()).select_from(DoorScan)) == 0
        assert session.get_one(Event, guest).published_at is not None
