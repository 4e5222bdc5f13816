"""A sign-up form asks the organisation's fields, checks them, and keeps what was answered until it is confirmed."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from flask.testing import FlaskClient

from mobilize.core import clock, db, feature
from mobilize.core.permissions import Role
from mobilize.delivery.models import RecipientKind
from mobilize.delivery.recipients import find_or_create_recipient
from mobilize.organisations.queries import Brand
from mobilize.questions.answering import answer
from mobilize.questions.models import Answer, QuestionKind
from mobilize.questions.queries import answers_held, every_question
from mobilize.questions.rules import Asked, own_fields
from mobilize.questions.service import ChoiceFacts, QuestionFacts, change_question, create_question, end_question
from mobilize.signup.queries import form_by_slug
from tests.markup import faults
from tests.signup.visiting import PAGE, PERSON, count, fill_in, hidden, newest, press
from tests.staff import COOKIE, sign_in

PARTS = ({"en": "Write", "fr": "Écrire"}, {"en": "March"})
FIELDS = {
    "postal_code": (QuestionKind.SHORT_TEXT, {"required": True}),
    "story": (QuestionKind.LONG_TEXT, {}),
    "born": (QuestionKind.DATE, {"sensitive": True}),
    "guests": (QuestionKind.NUMBER, {"retention_days": 30}),
    "member": (QuestionKind.YES_NO, {}),
    "land": (QuestionKind.COUNTRY, {}),
    "part": (QuestionKind.SEVERAL, {"choices": [ChoiceFacts(one) for one in PARTS]}),
    "letter": (QuestionKind.FILE, {}),
}
TYPED = {
    "answer_postal_code": "1000",
    "answer_story": "Since 1998,\r\nin the rain",
    "answer_born": "1998-02-01",
    "answer_guests": "2",
    "answer_member": "no",
    "answer_land": "BE",
}


@pytest.fixture
def asking(city: Brand, uids: dict[str, str]) -> dict[str, Asked]:
    """The city's form asks every field (but the file); the fields by their short names."""
    with db.writing():
        for slug, (kind, values) in FIELDS.items():
            facts = QuestionFacts(labels={"en": slug.capitalize(), "fr": f"{slug} (fr)"}, **values)
            create_question(city.id, own_fields(city.id), slug, kind, facts)
        form = form_by_slug(city.id, "subscribe")
        form.question_ids = [one.id for one in every_question(own_fields(city.id)) if one.slug != "letter"]
    return fields(city)


def fields(city: Brand) -> dict[str, Asked]:
    with db.reading():
        return {one.slug: one for one in every_question(own_fields(city.id))}


def held(city: Brand, address: str = PERSON) -> dict[str, object]:
    with db.writing():
        person = find_or_create_recipient(city.id, city.uid, RecipientKind.PERSON, address, "en")
        return {one.question.slug: one.value for one in answers_held([person.id])}


def sign_up(client: FlaskClient, uids: dict[str, str], asking: dict[str, Asked], **typed):
    part = asking["part"].choices[0].uid
    return fill_in(client, lists=[uids["news"]], **{**TYPED, "answer_part": [part], **typed})


def test_answers_are_kept_until_the_mailbox_confirms(client, city, uids, asking):
    """Before the button in the mail nothing is known of the person; after it every typed answer is."""
    assert sign_up(client, uids, asking).status_code == 303
    assert held(city) == {}
    press(client, newest("signup/confirm").links["action_url"])
    found = held(city)
    assert found.pop("born").isoformat() == "1998-02-01"
    assert found == {
        "postal_code": "1000",
        "story": "Since 1998,\nin the rain",
        "guests": 2.0,
        "member": False,
        "land": "BE",
        "part": (asking["part"].choices[0].uid,),
    }


def test_the_form_shows_the_fields_in_the_readers_language(client, asking):
    """With their hints, and how long an answer is kept; a file is not asked here."""
    page = client.get(f"{PAGE}?lang=fr").get_data(as_text=True)
    assert "postal_code (fr)" in page
    assert "Écrire" in page
    assert "Belgique" in page
    assert "30 jours" in page
    assert "letter" not in page
    assert faults(page) == []
    assert page.count("(facultatif)") == 8


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("postal_code", ""),
        ("postal_code", "x" * 201),
        ("born", "01/02/1998"),
        ("guests", "two"),
        ("land", "EU"),
        ("part", "no such choice"),
    ],
)
def test_an_answer_that_does_not_hold_stands_beside_its_field(client, uids, asking, name, typed):
    """Nothing is kept or mailed, and what else was typed is still there."""
    answered = sign_up(client, uids, asking, **{f"answer_{name}": typed})
    page = answered.get_data(as_text=True)
    assert answered.status_code == 422
    assert re.search(rf'id="answer_{name}-error"', page)
    assert 'href="#answer_' in page
    assert "in the rain" in page
    with pytest.raises(IndexError):
        newest("signup/confirm")


def test_answers_survive_the_second_page_without_scripts(client, city, uids, asking):
    """Line breaks and several choices too."""
    both = [one.uid for one in asking["part"].choices]
    page = sign_up(client, uids, asking, proof="", answer_part=both).get_data(as_text=True)
    sent = re.findall(r'<input(?=[^>]*type="hidden")[^>]*name="([^"]*)"[^>]*value="([^"]*)"', page)
    data = {name: [unescape(value) for other, value in sent if other == name] for name, _value in sent}
    with time_machine.travel(clock.now() + timedelta(seconds=5)):
        assert client.post(PAGE, data=data).status_code == 303
    press(client, newest("signup/confirm").links["action_url"])
    assert held(city)["story"] == "Since 1998,\nin the rain"
    assert held(city)["part"] == tuple(both)


def test_what_a_stranger_types_replaces_no_answer(client, city, uids, asking):
    """Whoever types an address into a form is not known to be its owner: known answers stay, as the name does."""
    with db.writing():
        person = find_or_create_recipient(city.id, city.uid, RecipientKind.PERSON, PERSON, "en")
        answer(person.id, {asking["postal_code"].id: "1050"})
    sign_up(client, uids, asking)
    press(client, newest("signup/confirm").links["action_url"])
    assert held(city)["postal_code"] == "1050"
    assert held(city)["land"] == "BE"


def test_a_field_that_changed_meanwhile_takes_no_other_answer(client, city, uids, asking):
    """Withdrawn, of another kind or without the choice: the sign-up is confirmed, and the answer is left out."""
    sign_up(client, uids, asking)
    with db.writing():
        end_question(asking["postal_code"].id)
        change_question(asking["guests"].id, QuestionFacts({"en": "Guests"}), QuestionKind.DATE)
        change_question(asking["part"].id, QuestionFacts({"en": "Part"}, choices=[ChoiceFacts({"en": "Other"})]))
    press(client, newest("signup/confirm").links["action_url"])
    assert set(held(city)) == {"story", "born", "member", "land"}


def test_pressing_the_link_again_adds_nothing(client, city, uids, asking):
    sign_up(client, uids, asking)
    link = newest("signup/confirm").links["action_url"]
    press(client, link)
    before = count(Answer)
    client.post(link, data={})
    assert count(Answer) == before == 7


def test_the_answer_is_the_same_for_a_known_and_an_unknown_address(client, uids, asking):
    """Page and status tell nobody whether an address is known."""
    first, second = (sign_up(client, uids, asking, email=f"{name}@example.org") for name in ("new", "new"))
    assert (first.status_code, first.location.split("?")[0]) == (second.status_code, second.location.split("?")[0])


def test_staff_choose_which_fields_a_form_asks(app, client, city, uids, asking):
    """Files are not among them."""
    with db.writing():
        client.set_cookie(COOKIE, sign_in(city.id, Role.CAMPAIGNER))
    path = "/studio/city/people/forms/subscribe"
    page = client.get(path).get_data(as_text=True)
    assert asking["letter"].uid not in page
    texts = {"wording_en": "I agree to receive this.", "titles_en": "Stay informed"}
    data = {"form_token": hidden(page, "form_token"), "lists": [uids["news"]], **texts}
    assert client.post(path, data={**data, "questions": [asking["letter"].uid]}).status_code == 422
    assert client.post(path, data={**data, "questions": [asking["land"].uid]}).status_code == 303
    page = client.get(PAGE).get_data(as_text=True)
    assert "answer_land" in page
    assert "answer_postal_code" not in page
    assert "answer_letter" not in page


def test_what_waits_is_part_of_the_persons_data(app, client, city, uids, asking):
    """Their page and export show what they typed and did not confirm."""
    sign_up(client, uids, asking)
    with db.writing():
        person = find_or_create_recipient(city.id, city.uid, RecipientKind.PERSON, PERSON, "en")
        (section,) = feature.personal_data()["visitors"].held([person.id])
    assert "postal_code: 1000" in section.rows[0]["answers"]
