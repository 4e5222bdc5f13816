"""From the form to the welcome, by HTTP, as a visitor goes."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from mobilize.core import db
from mobilize.delivery.models import RecipientKind, SuppressionReason
from mobilize.delivery.recipients import contact_of, find_recipient
from mobilize.delivery.suppression.service import suppress, suppression_of
from mobilize.organisations.queries import Brand
from mobilize.subscribers.models import Consent, Subscriber, Subscription
from mobilize.subscribers.queries import consent_history, list_by_slug, lists_of
from tests.signup.visiting import PAGE, PERSON, count, fill_in, hidden, mails, newest, press


def person(city: Brand):
    found = find_recipient(city.id, city.uid, RecipientKind.PERSON, PERSON)
    assert found is not None
    return found


def test_a_visitor_signs_up_confirms_and_is_welcomed(client: FlaskClient, city: Brand, uids: dict[str, str]):
    """Only the press on the confirmation page subscribes; names and language are applied then."""
    answer = fill_in(client, f"{PAGE}?lang=fr", lists=[uids["news"]], first_name="Amina", last_name="Benali")
    assert answer.status_code == 303
    assert count(Subscriber) == count(Subscription) == count(Consent) == 0
    mail = newest("signup/confirm")
    assert (mail.language, mail.facts) == ("fr", {"lists": "Lettre d’information"})
    page = client.get(mail.links["action_url"]).get_data(as_text=True)
    assert "Lettre d’information" in page
    assert 'lang="fr"' in page
    assert press(client, mail.links["action_url"]).status_code == 303
    with db.reading():
        found = person(city)
        assert lists_of(found.id) == [list_by_slug(city.id, "news").id]
        assert contact_of(found).name == "Amina Benali"
        assert found.language == "fr"
    assert newest("signup/welcome").facts == {"lists": "Lettre d’information"}
    assert "signup/already" not in {one.template for one in mails()}


def test_the_consent_row_keeps_wording_version_language_and_proof(client: FlaskClient, city: Brand, uids):
    """What they agreed to can be shown word for word; no network address is kept."""
    fill_in(client, f"{PAGE}?lang=fr", lists=[uids["news"], uids["urgent"]], client_address="203.0.113.9")
    press(client, newest("signup/confirm").links["action_url"])
    with db.reading():
        rows = consent_history(person(city).id)
        assert len(rows) == 2
        assert {(row.wording, row.wording_version, row.language, row.method) for row in rows} == {
            ("J’accepte de recevoir ceci.", 1, "fr", "double-opt-in")
        }
        assert set(rows[0].proof) == {"form", "request", "asked_at", "confirmed_at"}
        assert "203.0.113.9" not in str(rows[0].proof)


def test_pressing_confirm_again_changes_nothing(client: FlaskClient, city: Brand, uids: dict[str, str]):
    """A replayed POST has one effect, also after the person has left."""
    fill_in(client, lists=[uids["news"]])
    path = newest("signup/confirm").links["action_url"]
    token = hidden(client.get(path).get_data(as_text=True), "form_token")
    for _time in range(3):
        assert client.post(path, data={"form_token": token}).status_code == 303
    assert count(Consent) == 1
    assert [one.template for one in mails()] == ["signup/confirm", "signup/welcome"]


def test_opening_pages_changes_nothing(client: FlaskClient, city: Brand, uids: dict[str, str]):
    """GET and HEAD on every link of the mail, twice, neither subscribe nor spoil the token."""
    fill_in(client, lists=[uids["news"]])
    path = newest("signup/confirm").links["action_url"]
    for _time in range(2):
        assert client.get(path).status_code == client.head(path).status_code == 200
    assert count(Subscription) == 0
    assert press(client, path).status_code == 303
    assert count(Subscription) == 1


def test_somebody_who_is_on_it_already_gets_a_mail_that_says_so(client: FlaskClient, city: Brand, uids):
    """The page is the same; the mail leads to their own page."""
    fill_in(client, lists=[uids["news"]])
    press(client, newest("signup/confirm").links["action_url"])
    fill_in(client, lists=[uids["news"]])
    mail = newest("signup/already")
    assert mail.links["action_url"].startswith("/p/")
    assert client.get(mail.links["action_url"]).status_code == 200
    assert count(Consent) == 1


def without_sealed(page: str) -> str:
    """A page without its form token and without the sealed id in its links."""
    return re.sub(r'value="[^"]*"|to=[A-Za-z0-9_%-]+', "", page)


@pytest.mark.parametrize(
    "fields", [{"email": PERSON}, {"email": "zoe@example.org", "homepage": "x"}], ids=["known", "trapped"]
)
def test_the_answer_is_the_same_as_for_an_unknown_address(client: FlaskClient, city: Brand, uids, fields):
    """Status, headers, and a page of the same size: a stranger learns nothing about an address."""
    fill_in(client, lists=[uids["news"]])
    press(client, newest("signup/confirm").links["action_url"])
    answer = fill_in(client, lists=[uids["news"]], **fields)
    unknown = fill_in(client, lists=[uids["news"]], email="nadia@example.org")
    assert (answer.status_code, {*answer.headers.keys()}) == (303, {*unknown.headers.keys()})
    page = client.get(answer.headers["Location"]).get_data(as_text=True)
    other = client.get(unknown.headers["Location"]).get_data(as_text=True)
    assert len(page) == len(other)
    assert without_sealed(page) == without_sealed(other)


@pytest.mark.parametrize(
    ("reason", "stays"),
    [
        (SuppressionReason.HARD_BOUNCE, False),
        (SuppressionReason.WITHDRAWAL, False),
        (SuppressionReason.COMPLAINT, False),
        (SuppressionReason.MANUAL, True),
    ],
)
def test_confirming_lifts_what_the_person_can_lift(client: FlaskClient, city: Brand, uids, reason, stays):
    """Whoever presses in the mail can be reached and wants mail; what a colleague decided stays."""
    fill_in(client, lists=[uids["news"]])
    with db.writing():
        index = person(city).address_index
        suppress(city.id, index, reason, "test")
    fill_in(client, lists=[uids["news"]])
    press(client, newest("signup/confirm").links["action_url"])
    with db.reading():
        assert (suppression_of(city.id, index) is not None) is stays


def test_a_form_with_a_mistake_comes_back_with_what_was_typed(client: FlaskClient, city: Brand, uids):
    """Nothing is stored; the field that has to change is named in the reader's language."""
    answer = fill_in(client, email="amina@@example", first_name="Amina", lists=[uids["news"]])
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'value="Amina"' in page
    assert 'href="#email"' in page
    assert mails() == []
    assert fill_in(client, lists=[]).status_code == 422


def test_the_page_says_what_is_agreed_to_in_the_readers_language(client: FlaskClient, city: Brand):
    """Title, lists and wording follow the language; a missing text falls back to the organisation's own."""
    page = client.get(f"{PAGE}?lang=fr").get_data(as_text=True)
    assert "Restez informés" in page
    assert "J’accepte de recevoir ceci." in page
    assert "Urgent actions" in page
    assert "Press" not in re.sub(r"<form.*?</form>", "", page, flags=re.S).replace("Presse", "")
    assert 'dir="rtl"' in client.get(f"{PAGE}?lang=ar").get_data(as_text=True)


def test_no_page_of_the_way_sets_a_cookie(client: FlaskClient, city: Brand, uids: dict[str, str]):
    """A visitor who keeps no cookies can do everything."""
    plain = client.application.test_client(use_cookies=False)
    answer = fill_in(plain, lists=[uids["news"]])
    path = newest("signup/confirm").links["action_url"]
    answers = [plain.get(PAGE), answer, plain.get(answer.headers["Location"]), plain.get(path), press(plain, path)]
    assert [one.headers.get("Set-Cookie") for one in answers] == [None] * 5
    assert count(Subscription) == 1


def test_a_mistyped_domain_gets_a_hint_once(client: FlaskClient, city: Brand, uids: dict[str, str]):
    """The page asks whether gmail.com was meant; pressing again means what was typed."""
    page = fill_in(client, lists=[uids["news"]], email="amina@gmail.con")
    assert page.status_code == 422
    assert "Did you mean amina@gmail.com?" in page.text
    assert mails() == []
    sure = hidden(page.text, "sure")
    other = fill_in(client, lists=[uids["news"]], email="amina@hotmial.com", sure=sure)
    assert "Did you mean amina@hotmail.com?" in other.text
    assert fill_in(client, lists=[uids["news"]], email="amina@gmail.con", sure=sure).status_code == 303
    assert [mail.template for mail in mails()] == ["signup/confirm"]


def test_a_mistyped_domain_is_asked_about_once_without_scripts_too(
    client: FlaskClient, city: Brand, uids: dict[str, str]
):
    """The second page, with its one more step, does not ask again."""
    sure = {"lists": [uids["news"]], "email": "amina@gmail.con", "sure": "amina@gmail.con"}
    second = fill_in(client, proof="", **sure)
    assert (second.status_code, hidden(second.text, "sure")) == (200, "amina@gmail.con")
