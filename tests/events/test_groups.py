"""Groups of an event's form: an introduction and a link of their own, and the group kept with the registration."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select

from mobilize.core import db
from mobilize.core.db import session
from mobilize.delivery.models import Content
from mobilize.events.queries import event_by_slug
from mobilize.events.registrations.models import Registration, RegistrationGroup
from mobilize.events.registrations.service import FormFacts, change_form
from mobilize.organisations.queries import Brand
from tests.events.conftest import BEFORE
from tests.events.test_registering import PATH, PERSON, ask
from tests.signup.visiting import answer_to, hidden, mails, press

STAFF = "/studio/centre/calendar/partners/registrations/groups"


@pytest.fixture(autouse=True)
def before_it() -> Iterator[None]:
    with time_machine.travel(BEFORE, tick=False):
        yield


@pytest.fixture
def groups(house: Brand, lecture: str, campaigner: FlaskClient) -> dict[str, str]:
    """Slug -> uid of two groups that staff made on their page."""
    with db.writing():
        change_form(event_by_slug(house.id, lecture), FormFacts())
    press(
        campaigner,
        f"{STAFF}/new",
        slug="municipal",
        names_en="Municipal services",
        names_fr="Services communaux",
        introductions_en="For colleagues in town halls.",
        confirmations_en="Bring your service card.",
    )
    press(campaigner, f"{STAFF}/new", slug="civil", names_en="Associations", introductions_fr="Pour les associations.")
    with db.reading():
        return {row.slug: row.uid for row in session.scalars(select(RegistrationGroup))}


def chosen() -> list[str]:
    with db.reading():
        return list(session.scalars(select(Registration.group_uid).order_by(Registration.id)))


def test_a_visitor_chooses_a_group_and_the_confirmation_has_its_sentence(
    client: FlaskClient, campaigner: FlaskClient, groups: dict[str, str]
) -> None:
    page = ask(client)
    assert (page.status_code, "Choose one" in page.text) == (422, True)
    assert "For colleagues in town halls." in page.text
    assert ask(client, group=groups["municipal"]).status_code == 303
    press(client, mails()[-1].links["action_url"])
    assert chosen() == [groups["municipal"]]
    with db.reading():
        source = session.scalars(select(Content.source).order_by(Content.id.desc()).limit(1)).one()
    assert source["fixed"]["group_text"] == "Bring your service card."
    assert "1 registration" in campaigner.get(STAFF).text


def test_a_groups_link_chooses_it_and_shows_its_introduction_alone(client: FlaskClient, groups: dict[str, str]) -> None:
    path = f"{PATH}/register?group=civil&lang=fr"
    page = client.get(path).text
    assert "Pour les associations." in page
    assert "Services communaux" not in page
    answer = client.post(
        path, data={"form_token": hidden(page, "form_token"), "proof": answer_to(page), "email": PERSON}
    )
    assert "group=civil" in answer.headers["Location"]
    assert chosen() == [groups["civil"]]


def test_a_group_that_is_offered_no_more_cannot_be_chosen(
    client: FlaskClient, campaigner: FlaskClient, groups: dict[str, str]
) -> None:
    """Its link shows the form of everybody; with one group left, nobody has to choose."""
    page = campaigner.get(STAFF).text
    campaigner.post(f"{STAFF}/civil/end", data={"form_token": hidden(page, "form_token")})
    assert ask(client, group=groups["civil"]).status_code == 303
    assert chosen() == [""]
    assert "Pour les associations." not in client.get(f"{PATH}/register?group=civil&lang=fr").text
    campaigner.post(f"{STAFF}/civil/offer", data={"form_token": hidden(page, "form_token")})
    assert "Pour les associations." in client.get(f"{PATH}/register?group=civil&lang=fr").text


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"slug": "civil", "names_en": "Again"}, "with this short name already"),
        ({"slug": "No Slug", "names_en": "A group"}, "Use lower-case letters"),
        ({"slug": "third", "names_en": ""}, "Fill this in"),
    ],
)
def test_a_group_that_does_not_hold_is_refused(
    campaigner: FlaskClient, groups: dict[str, str], typed: dict[str, str], words: str
) -> None:
    answer = press(campaigner, f"{STAFF}/new", **typed)
    assert (answer.status_code, words in answer.text) == (422, True)


def test_the_words_of_a_group_change(campaigner: FlaskClient, client: FlaskClient, groups: dict[str, str]) -> None:
    page = campaigner.get(f"{STAFF}/civil").text
    campaigner.post(
        f"{STAFF}/civil",
        data={"form_token": hidden(page, "form_token"), "names_en": "Civil society", "introductions_en": "Welcome."},
    )
    assert "Civil society" in client.get(f"{PATH}/register").text
