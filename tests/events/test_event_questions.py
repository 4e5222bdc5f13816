"""What an event's form asks: made by staff, answered with the registration, and kept as long as it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import func, select

from mobilize.core import db
from mobilize.core.db import session
from mobilize.core.roles import OrganisationRef
from mobilize.core.settings import Settings
from mobilize.events.queries import event_by_slug
from mobilize.events.registrations import tick_steps
from mobilize.events.registrations.answers import owner_of, questions_of
from mobilize.events.registrations.models import Registration
from mobilize.events.registrations.service import FormFacts, change_form
from mobilize.organisations.queries import Brand
from mobilize.people.queries import find_person
from mobilize.people.service import export_person
from mobilize.questions.models import Answer, Question, QuestionKind
from mobilize.questions.service import ChoiceFacts, QuestionFacts, create_question
from mobilize.questions.tick_steps import delete_ended_answers
from tests.events.conftest import AFTER, BEFORE
from tests.events.test_registering import PATH, PERSON, ask, open_page, register
from tests.signup.visiting import hidden, mails, press

STAFF = "/studio/centre/calendar/partners/registrations"


@pytest.fixture(autouse=True)
def before_it() -> Iterator[None]:
    with time_machine.travel(BEFORE, tick=False):
        yield


@pytest.fixture
def asking(house: Brand, lecture: str) -> int:
    """The id of the lecture, whose form asks a diet (sensitive), a choice that is required, and seats of a car."""
    with db.writing():
        event = event_by_slug(house.id, lecture)
        change_form(event, FormFacts(capacity=5))
        owner = owner_of(event.id)
        diet = QuestionFacts({"en": "Diet", "fr": "Régime"}, sensitive=True, retention_days=5)
        create_question(house.id, owner, "diet", QuestionKind.SHORT_TEXT, diet)
        choices = [ChoiceFacts({"en": "A city"}), ChoiceFacts({"en": "An association"})]
        body = QuestionFacts({"en": "Who sends you?"}, required=True, choices=choices)
        create_question(house.id, owner, "body", QuestionKind.CHOICE, body)
        create_question(house.id, owner, "seats", QuestionKind.NUMBER, QuestionFacts({"en": "Seats in your car"}))
        return event.id


def city(event_id: int) -> str:
    """The uid of the first choice."""
    with db.reading():
        return questions_of(event_id)[1].choices[0].uid


def answers() -> int:
    with db.reading():
        return session.scalar(select(func.count()).select_from(Answer)) or 0


def uid_of_registration() -> str:
    with db.reading():
        return session.scalars(select(Registration.uid)).one()


def test_staff_add_a_question_and_the_form_asks_it(
    campaigner: FlaskClient, client: FlaskClient, house: Brand, lecture: str
) -> None:
    with db.writing():
        change_form(event_by_slug(house.id, lecture), FormFacts())
    assert "No questions yet" in campaigner.get(f"{STAFF}/questions").text
    made = press(campaigner, f"{STAFF}/questions/new?kind=short-text", labels_en="Diet", labels_fr="Régime")
    assert made.headers["Location"].endswith("/registrations/questions")
    assert press(campaigner, f"{STAFF}/questions/new?kind=short-text", labels_en="Diet").status_code == 303
    with db.reading():
        assert [row.slug for row in session.scalars(select(Question).order_by(Question.id))] == ["diet", "diet_2"]
    assert 'name="answer_diet"' in open_page(client)
    assert "Régime" in client.get(f"{PATH}/register?lang=fr").text
    token = hidden(campaigner.get(f"{STAFF}/questions").text, "form_token")
    campaigner.post(f"{STAFF}/questions/diet/end", data={"form_token": token})
    assert 'name="answer_diet"' not in open_page(client)


def test_a_form_asks_for_no_files(campaigner: FlaskClient, lecture: str) -> None:
    """Whoever has not confirmed an address would fill the disk."""
    assert "File" not in campaigner.get(f"{STAFF}/questions/kinds").text
    assert campaigner.get(f"{STAFF}/questions/new?kind=file").status_code == 404


def test_answers_are_kept_once_the_mailbox_is_confirmed(
    client: FlaskClient, campaigner: FlaskClient, asking: int
) -> None:
    """Until then they wait with the request, sealed; the organiser's page shows them afterwards."""
    ask(client, answer_diet="vegan", answer_body=city(asking), answer_seats="3")
    assert answers() == 0
    shown = campaigner.get(f"{STAFF}/{uid_of_registration()}").text
    assert "Answers are kept once the person has confirmed by email." in shown
    press(client, mails()[-1].links["action_url"])
    assert answers() == 3
    shown = campaigner.get(f"{STAFF}/{uid_of_registration()}").text
    assert all(words in shown for words in ("vegan", "A city", "Seats in your car"))
    assert "amina@example.org" not in shown


def test_a_required_answer_that_is_missing_stands_beside_its_field(client: FlaskClient, asking: int) -> None:
    page = ask(client, answer_seats="many", answer_diet="vegan")
    assert page.status_code == 422
    assert "Who sends you?: Fill this in" in page.text
    page = ask(client, answer_body=city(asking), answer_seats="many", answer_diet="vegan")
    assert (page.status_code, "Write a number like 12" in page.text) == (422, True)
    assert 'value="vegan"' in page.text
    assert mails() == []


def test_without_a_script_the_second_page_keeps_the_answers(client: FlaskClient, asking: int) -> None:
    page = open_page(client)
    typed = {"email": "amina@example.org", "answer_body": city(asking), "answer_diet": "halal"}
    second = client.post(f"{PATH}/register", data={"form_token": hidden(page, "form_token"), **typed})
    names = ("form_token", "email", "attendance", "press", "answer_body", "answer_diet")
    values = {name: hidden(second.text, name) for name in names}
    with time_machine.travel(BEFORE + timedelta(seconds=5), tick=False):
        assert client.post(f"{PATH}/register", data=values).status_code == 303
        press(client, mails()[-1].links["action_url"])
    assert answers() == 2


def test_the_person_sees_their_answers_in_their_export(client: FlaskClient, house: Brand, asking: int) -> None:
    ask(client, answer_diet="vegan", answer_body=city(asking))
    press(client, mails()[-1].links["action_url"])
    with db.writing():
        found = find_person(OrganisationRef(house.id, house.uid, house.slug, "The Centre"), PERSON)
        assert found is not None
        assert "vegan" in export_person(house, found, "json", "en")


def test_answers_go_with_the_events_people_and_some_sooner(
    client: FlaskClient, asking: int, installation: Settings
) -> None:
    """Five days for the diet, the rest with the list of who came, thirty days after the event."""
    ask(client, answer_diet="vegan", answer_body=city(asking), answer_seats="2")
    press(client, mails()[-1].links["action_url"])
    delete_ended_answers(BEFORE + timedelta(days=6), installation)
    assert answers() == 2
    tick_steps.forget_registrants(AFTER + timedelta(days=31), installation)
    assert answers() == 0


def test_answers_of_an_earlier_registration_go_when_a_later_one_is_not_confirmed(
    client: FlaskClient, asking: int, installation: Settings
) -> None:
    """Else nothing would name them any more, and the event's retention would pass them by."""
    ask(client, answer_diet="vegan", answer_body=city(asking))
    press(client, mails()[-1].links["action_url"])
    press(client, mails()[-1].links["own_url"])
    ask(client, answer_diet="halal", answer_body=city(asking))
    assert answers() == 2
    tick_steps.end_holds(BEFORE + timedelta(minutes=61), installation)
    assert answers() == 0


def test_a_draft_with_a_form_and_questions_can_be_deleted(campaigner: FlaskClient, asking: int, house: Brand) -> None:
    with db.writing():
        event_by_slug(house.id, "partners").published_at = None
    assert press(campaigner, "/studio/centre/calendar/partners/delete").status_code == 303
    with db.reading():
        assert session.scalars(select(Question.id)).all() == []


def test_a_draft_with_somebody_on_its_list_stays(
    campaigner: FlaskClient, client: FlaskClient, lecture: str, house: Brand
) -> None:
    with db.writing():
        change_form(event_by_slug(house.id, lecture), FormFacts())
    register(client)
    with db.writing():
        event_by_slug(house.id, lecture).published_at = None
    assert press(campaigner, f"/studio/centre/calendar/{lecture}/delete").status_code == 409
