"""A link in a mail that was forwarded brings nobody back who has unsubscribed since it was sent."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from mobilize.core import clock, db
from mobilize.core.tokens import mint
from mobilize.delivery.bases import Leaving, list_basis
from mobilize.delivery.purposes import FOOTER, UNSUBSCRIBE
from mobilize.signup.service import FormFacts, create_form
from mobilize.subscribers import leaving_by_mail
from mobilize.subscribers.purposes import PREFERENCES
from mobilize.subscribers.queries import lists_of
from mobilize.visitors import challenges
from tests.signup.visiting import PERSON, fill_in, hidden, mails, press
from tests.subscribers.conftest import City, add


@pytest.fixture(autouse=True)
def _little_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(challenges, "ROUNDS", 10)


def fresh(recipient_id: int) -> str:
    """The link to one's own page, in a mail of an hour ago."""
    return f"/p/{mint(PREFERENCES, recipient_id, now=clock.now() - timedelta(hours=1))}"


def leave(client: FlaskClient, city: City, person: int, way: str) -> None:
    """Unsubscribe in one of the ways there are, from the newsletter or from everything."""
    one = f"/u/{mint(UNSUBSCRIBE, person, city.ids['news'])}"
    match way:
        case "mail":
            with db.writing():
                leaving_by_mail.leave_as_told(Leaving(person, list_basis(city.ids["news"])), "leave-mail")
        case "one-click":
            client.post(one, data={"List-Unsubscribe": "One-Click"})
        case "list" | "all":
            press(client, one, what=way)
        case "footer":
            press(client, f"/p/{mint(FOOTER, person)}", press="leave")
        case "page":
            press(client, fresh(person), press="leave")


def on(person: int) -> list[int]:
    with db.reading():
        return lists_of(person)


@pytest.mark.parametrize("way", ["mail", "one-click", "list", "all", "footer", "page"])
def test_unsubscribing_ends_the_links_mailed_before(client: FlaskClient, city: City, amina: int, way: str):
    """The welcome mail's link then shows and changes nothing, also from a form that was open; it says why."""
    link = fresh(amina)
    token = hidden(client.get(link).get_data(as_text=True), "form_token")
    leave(client, city, amina, way)
    rest = on(amina)
    assert city.ids["news"] not in rest
    page = client.get(link).get_data(as_text=True)
    assert "You unsubscribed after it was sent" in page
    assert not [word for word in ("Amina", "Newsletter", "Urgent actions") if word in page]
    topics = [city.uids["news"], city.uids["urgent"]]
    client.post(link, data={"form_token": token, "press": "save", "topics": topics, "language": "en"})
    assert on(amina) == rest


def test_who_unticks_a_topic_may_tick_it_again(client: FlaskClient, city: City, amina: int):
    """Saving the page is no reason to ask for another link."""
    link = fresh(amina)
    press(client, link, press="save", topics=city.uids["urgent"], language="en")
    press(client, link, press="save", topics=city.uids["news"], language="en")
    assert on(amina) == [city.ids["news"]]


def test_undoing_opens_the_page_again(client: FlaskClient, city: City, amina: int):
    """Who came back on the page that follows has left nothing."""
    link = fresh(amina)
    after = press(client, f"/u/{mint(UNSUBSCRIBE, amina, city.ids['news'])}", what="all").headers["Location"]
    press(client, after)
    assert 'value="Amina"' in client.get(link).get_data(as_text=True)


def test_a_link_asked_for_afterwards_works(client: FlaskClient, city: City, amina: int):
    """It is mailed to the person, who wants to come back."""
    leave(client, city, amina, "all")
    with clock.frozen(clock.now() + timedelta(minutes=1)):
        link = f"/p/{mint(PREFERENCES, amina)}"
        press(client, link, press="save", topics=city.uids["news"], language="en")
        assert on(amina) == [city.ids["news"]]


@pytest.mark.parametrize("way", ["mail", "one-click", "list", "all", "footer"])
def test_an_older_confirmation_does_not_bring_back(client: FlaskClient, city: City, way: str):
    """Somebody impatient asked twice, confirmed once, and unsubscribed: the other mail confirms nothing any more."""
    person = add(city, PERSON)
    with db.writing():
        create_form(city.brand.id, "subscribe", FormFacts(wording={"en": "I agree."}, list_ids=[city.ids["news"]]))
    fill_in(client)
    fill_in(client)
    first, second = [mail.links["action_url"] for mail in mails()]
    press(client, first)
    token = hidden(client.get(second).get_data(as_text=True), "form_token")
    leave(client, city, person, way)
    page = client.get(second)
    assert page.status_code == 404
    assert "You unsubscribed after this link was sent" in page.get_data(as_text=True)
    assert client.post(second, data={"form_token": token}).status_code == 404
    assert on(person) == []


def test_leaving_another_list_ends_no_confirmation(client: FlaskClient, city: City):
    """Who gives up one list while signing up for another wants the other."""
    person = add(city, PERSON, "urgent")
    with db.writing():
        create_form(city.brand.id, "subscribe", FormFacts(wording={"en": "I agree."}, list_ids=[city.ids["news"]]))
    fill_in(client)
    client.post(f"/u/{mint(UNSUBSCRIBE, person, city.ids['urgent'])}", data={"List-Unsubscribe": "One-Click"})
    press(client, mails()[0].links["action_url"])
    assert on(person) == [city.ids["news"]]
