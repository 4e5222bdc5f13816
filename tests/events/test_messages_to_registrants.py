"""The organiser writes to people of an event: checked with the number of people, pressed once, and counted after."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from mobilize.core import db
from mobilize.core.audit import AuditEntry
from mobilize.core.db import session
from mobilize.core.settings import Settings
from mobilize.delivery.models import BasisKind, Delivery, DeliveryState, Message, Stream
from mobilize.events import changes
from mobilize.events.models import Attendance
from mobilize.events.queries import event_by_slug
from mobilize.events.registrations import staff
from mobilize.events.registrations.models import RegistrantMessage
from mobilize.events.registrations.service import FormFacts, change_form
from mobilize.events.registrations.staff import Entered
from mobilize.organisations.queries import Brand
from tests.delivery.calendar_mail import part_of
from tests.events.conftest import BEFORE
from tests.mailings.postman import on_duty
from tests.signup.visiting import hidden, mails

LIST = "/studio/centre/calendar/partners/registrations"
NEW = f"{LIST}/messages/new"
WORDS = {"subjects_en": "Another room", "texts_en": "We meet in room 2.\n\nBring <b>water</b>."}


@pytest.fixture(autouse=True)
def before_it() -> Iterator[None]:
    with time_machine.travel(BEFORE, tick=False):
        yield


@pytest.fixture
def two(house: Brand, lecture: str) -> None:
    """Amina comes to the room; Béla takes part online and is written to in French."""
    with db.writing():
        event = event_by_slug(house.id, lecture)
        event.attendance = Attendance.BOTH
        session.flush()
        change_form(event, FormFacts(capacity=10))
    join(house, "amina@example.org", "en", Attendance.VENUE)
    join(house, "bela@example.org", "fr", Attendance.ONLINE)


def join(house: Brand, address: str, language: str, attendance: Attendance) -> None:
    with db.writing():
        event = event_by_slug(house.id, "partners")
        staff.add(event, house, Entered(address, "", "", language, attendance), "By phone", told=False)


def check(client: FlaskClient, addressed: str = "all", **words: str) -> TestResponse:
    token = hidden(client.get(NEW).text, "form_token")
    return client.post(NEW, data={"form_token": token, "addressed": addressed, "press": "check", **WORDS, **words})


def press(client: FlaskClient, page: str, addressed: str = "all", **words: str) -> TestResponse:
    """The button of a page that shows a message checked."""
    kept = {name: hidden(page, name) for name in ("form_token", "seen", "once")}
    return client.post(NEW, data={**kept, "addressed": addressed, "press": "send", **WORDS, **words})


def test_a_message_is_checked_sent_once_and_counted(campaigner: FlaskClient, two: None) -> None:
    page = check(campaigner).text
    assert "Send to 2 people" in page
    assert "&lt;b&gt;water" in page
    assert mails() == []
    assert press(campaigner, page).status_code == 303
    assert press(campaigner, page).status_code == 303
    assert [(mail.template, mail.language) for mail in mails()] == [("events/message", "en"), ("events/message", "fr")]
    with db.reading():
        wanted = select(Delivery.basis_kind, Message.person_asked).join_from(
            Delivery, Message, Message.id == Delivery.message_id
        )
        rows = session.execute(wanted).all()
        assert [tuple(row) for row in rows] == [(BasisKind.REGISTRATION, False)] * 2
        facts = session.scalars(select(AuditEntry.facts).where(AuditEntry.action == "registrations.messaged")).all()
    assert facts == [{"people": 2, "addressed": "all"}]
    listed = campaigner.get(f"{LIST}/messages").text
    assert "Another room" in listed
    assert 'data-label="Waiting">2<' in listed


def test_what_arrives_is_in_the_readers_language_and_what_was_typed(
    campaigner: FlaskClient, two: None, installation: Settings
) -> None:
    words = {"subjects_fr": "Autre salle", "texts_fr": "Salle 2."}
    page = check(campaigner, "online", **words).text
    assert "Send to 1 person" in page
    press(campaigner, page, "online", **words)
    (mail,) = _delivered(installation)
    text = part_of(mail, "text/plain").get_content()
    assert mail["Subject"] == "Autre salle"
    assert "Salle 2." in text
    assert "Votre inscription" in text
    assert 'data-label="Accepted">1<' in campaigner.get(f"{LIST}/messages").text


def test_if_the_number_of_people_changed_nothing_is_sent_and_the_page_says_how_many(
    campaigner: FlaskClient, house: Brand, two: None
) -> None:
    page = check(campaigner).text
    join(house, "carla@example.org", "en", Attendance.VENUE)
    refused = press(campaigner, page)
    assert (refused.status_code, "it would go to 3 people" in refused.text) == (409, True)
    assert mails() == []
    assert press(campaigner, refused.text).status_code == 303
    assert len(mails()) == 3


@pytest.mark.parametrize(
    "words", [{"subjects_en": ""}, {"texts_en": ""}, {"subjects_fr": "Seulement"}, {"texts_en": "x" * 5001}]
)
def test_half_a_message_is_refused_beside_its_field(campaigner: FlaskClient, two: None, words: dict[str, str]) -> None:
    refused = check(campaigner, **words)
    assert refused.status_code == 422
    assert 'name="press" value="send"' not in refused.text


def test_nobody_gets_what_addresses_nobody(campaigner: FlaskClient, two: None) -> None:
    page = check(campaigner, "waiting")
    assert "Nobody is in this group" in page.text
    assert press(campaigner, page.text, "waiting").status_code == 422
    with db.reading():
        assert session.scalars(select(RegistrantMessage)).all() == []


def test_a_cancelled_event_takes_back_what_was_not_sent(campaigner: FlaskClient, house: Brand, two: None) -> None:
    press(campaigner, check(campaigner).text)
    with db.writing():
        changes.cancel(event_by_slug(house.id, "partners"), {})
    assert 'data-label="Not sent">2<' in campaigner.get(f"{LIST}/messages").text
    with db.reading():
        states = session.scalars(select(Delivery.state).order_by(Delivery.id)).all()
    assert states == [DeliveryState.REVOKED] * 2 + [DeliveryState.PENDING] * 2


def _delivered(settings: Settings) -> list[EmailMessage]:
    with on_duty(settings) as postman:
        postman.deliver(Stream.TRANSACTIONAL)
        return list(postman.mails)
