"""Robots, pranks and altered tokens: few mails leave, nothing breaks, and the answer tells nothing."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from markupsafe import escape
from redis import RedisError

from mobilize.core import broker, clock, db, limits
from mobilize.core.tokens import mint
from mobilize.delivery.models import RecipientKind
from mobilize.delivery.purposes import UNSUBSCRIBE
from mobilize.delivery.recipients import contact_of, find_recipient
from mobilize.organisations.queries import Brand
from mobilize.signup import public, service
from mobilize.signup.asking import AskedFor, Submission
from mobilize.signup.queries import newest_wording
from mobilize.subscribers.models import Subscription
from mobilize.subscribers.queries import list_by_slug, lists_of
from mobilize.visitors.models import UsedChallenge, VisitorRequest
from mobilize.visitors.requests import MOST_MAILS
from tests.factories import make_organisation
from tests.signup.visiting import PAGE, PERSON, answer_to, count, fill_in, hidden, mails, newest, press


def pressed(client: FlaskClient, page: str, **fields):
    """Post the second page's hidden fields."""
    names = ("form_token", "wording", "email", "first_name", "last_name", "lists", "press")
    values = {name: hidden(page, name) for name in names}
    return client.post(PAGE, data={**values, **fields}, environ_overrides={"REMOTE_ADDR": "198.51.100.7"})


def test_without_a_script_a_second_page_asks_for_one_more_press(client: FlaskClient, city: Brand, uids):
    """The press counts after two seconds, for the address that the page was made for."""
    page = fill_in(client, lists=[uids["news"]], proof="").get_data(as_text=True)
    assert mails() == []
    assert pressed(client, page).status_code == 200
    with time_machine.travel(time.time() + 3, tick=False):
        assert pressed(client, page, email="victim@example.org").status_code == 200
        assert mails() == []
        assert pressed(client, page).status_code == 303
    assert [mail.template for mail in mails()] == ["signup/confirm"]


def test_the_second_page_explains_an_early_press_and_a_late_one(client: FlaskClient, city: Brand, uids):
    """Whoever sees the page again reads why, in their language; the first time there is nothing to explain."""
    page = fill_in(client, lists=[uids["news"]], proof="").get_data(as_text=True)
    assert "too fast" not in page
    assert "That was a little too fast" in pressed(client, page).get_data(as_text=True)
    with time_machine.travel(time.time() + 3700, tick=False):
        assert "open for more than an hour" in pressed(client, page).get_data(as_text=True)


def test_impatience_does_not_begin_anew(client: FlaskClient, city: Brand, uids):
    """Who presses too soon gets the page back with the time already waited."""
    page = fill_in(client, lists=[uids["news"]], proof="").get_data(as_text=True)
    again = pressed(client, page).get_data(as_text=True)
    assert hidden(again, "press") == hidden(page, "press")
    with time_machine.travel(time.time() + 3, tick=False):
        assert pressed(client, again).status_code == 303


def test_a_client_without_a_script_gets_fewer_tries(client: FlaskClient, city: Brand, uids):
    """After six presses an hour the answer is 429, with the time to wait."""
    statuses = []
    for number in range(8):
        address = f"person{number}@example.org"
        page = fill_in(client, lists=[uids["news"]], proof="", email=address).get_data(as_text=True)
        with time_machine.travel(time.time() + 3, tick=False):
            statuses.append(pressed(client, page).status_code)
    assert statuses == [303] * 6 + [429] * 2


def test_an_answer_counts_once(client: FlaskClient, city: Brand, uids: dict[str, str]):
    """A replayed ALTCHA answer leads to the second page, also when Redis was flushed."""
    proof = answer_to(client.get(PAGE).get_data(as_text=True))
    assert fill_in(client, lists=[uids["news"]], proof=proof).status_code == 303
    broker.redis().flushall()
    assert fill_in(client, lists=[uids["news"]], proof=proof, email="other@example.org").status_code == 200
    assert len(mails()) == 1
    assert count(UsedChallenge) == 1


@pytest.mark.parametrize("proof", ["x", "e30=", "eyJjaGFsbGVuZ2UiOnt9fQ==", "A" * 5000, "é", '{"a":' * 500])
def test_an_answer_that_is_none_leads_to_the_second_page(client: FlaskClient, city: Brand, uids, proof: str):
    """Rubbish in the proof is no error and no proof."""
    assert fill_in(client, lists=[uids["news"]], proof=proof).status_code == 200
    assert mails() == []


def test_an_old_answer_leads_to_the_second_page(client: FlaskClient, city: Brand, uids: dict[str, str]):
    """A challenge is good for two hours: a hoard of answers is worth nothing."""
    proof = answer_to(client.get(PAGE).get_data(as_text=True))
    with time_machine.travel(time.time() + 3 * 3600, tick=False):
        assert fill_in(client, lists=[uids["news"]], proof=proof).status_code == 200


def test_the_trap_gets_the_same_answer_and_no_mail(client: FlaskClient, city: Brand, uids: dict[str, str]):
    """A program that fills in every field is thanked and forgotten."""
    answer = fill_in(client, lists=[uids["news"]], homepage="https://example.net")
    assert answer.status_code == 303
    assert client.get(answer.headers["Location"]).status_code == 200
    assert mails() == []
    assert count(VisitorRequest) == 0


@pytest.mark.parametrize("redis_away", [False, True])
def test_ten_thousand_sign_ups_make_a_handful_of_mails(app: Flask, client, city, uids, monkeypatch, redis_away):
    """From a botnet with solved challenges, with or without Redis: the victim gets four mails an hour at most.

    One in a hundred comes by HTTP, each from a network of its own; the others arrive where HTTP leaves off.
    """
    if redis_away:
        monkeypatch.setattr(limits._in_use(), "_redis", None)
    for number in range(100):
        with db.writing():
            with app.test_request_context():
                asked = public._asked("city", "subscribe")
            found = Submission(PERSON, "en", AskedFor("", "", asked.row.list_ids, newest_wording(asked.row.id).id))
            for _try in range(99):
                public._take(asked, found)
        answer = fill_in(client, lists=[uids["news"]], client_address=f"203.0.{number}.1")
        assert answer.status_code == 303
    assert len(mails()) == 4


def test_a_week_of_asking_makes_five_mails(client: FlaskClient, city: Brand, uids: dict[str, str]):
    """The count in SQL holds when every counter in Redis is lost, and the first link keeps working."""
    for _day in range(9):
        broker.redis().flushall()
        limits.forget()
        assert fill_in(client, lists=[uids["news"]]).status_code == 303
    assert len(mails()) == MOST_MAILS
    assert press(client, mails()[0].links["action_url"]).status_code == 303
    assert count(Subscription) == 1


def test_sending_again_is_limited_and_tells_nothing(client: FlaskClient, city: Brand, uids: dict[str, str]):
    """The button on the answer page mails at most three times an hour; an altered or empty one gets the same page."""
    path = fill_in(client, lists=[uids["news"]]).headers["Location"]
    for to in [None, None, None, None, "altered", ""]:
        fields = {"to": hidden(client.get(path).get_data(as_text=True), "to") if to is None else to}
        assert press(client, path, **fields).status_code == 303
    assert len(mails()) == 4


@pytest.mark.parametrize("name", ["Amina\r\nBcc: all@example.org", "A\0B", "\u202eanimA", "x" * 101, "Ami\u2028na"])
def test_a_name_that_could_act_is_refused(client: FlaskClient, city: Brand, uids: dict[str, str], name: str):
    """CR, LF, NUL, bidirectional overrides and overlong names never reach a mail or the database."""
    answer = fill_in(client, lists=[uids["news"]], first_name=name)
    assert answer.status_code == 422
    assert count(VisitorRequest) == 0


@pytest.mark.parametrize("name", ['"><script>alert(1)</script>', "{{7*7}}", "=1+1", "O'Brien"])
def test_a_name_is_text_wherever_it_is_shown(client: FlaskClient, city: Brand, uids: dict[str, str], name: str):
    """Quotes, templates and formulas stay what was typed, on the person's own page; no mail carries any of it."""
    fill_in(client, lists=[uids["news"]], first_name=name)
    press(client, newest("signup/confirm").links["action_url"])
    page = client.get(newest("signup/welcome").links["preferences_url"]).get_data(as_text=True)
    assert name not in str(mails())
    assert str(escape(name)) in page
    assert "<script>alert" not in page


def test_a_stranger_does_not_rewrite_what_a_mailed_link_confirms(client: FlaskClient, city: Brand, uids):
    """Somebody else types the address again, with another name and list: the first link still does what it said."""
    fill_in(client, lists=[uids["news"]], first_name="Amina")
    first = newest("signup/confirm").links["action_url"]
    fill_in(client, lists=[uids["urgent"]], first_name="Mallory", client_address="203.0.113.66")
    page = client.get(first).get_data(as_text=True)
    assert "Newsletter" in page
    assert not [word for word in ("Urgent actions", "Mallory", "Amina") if word in page]
    press(client, first)
    with db.reading():
        person = find_recipient(city.id, city.uid, RecipientKind.PERSON, PERSON)
        assert lists_of(person.id) == [list_by_slug(city.id, "news").id]
        assert contact_of(person).first_name == "Amina"


def test_a_name_that_a_stranger_typed_is_shown_nowhere_and_changes_nobody(client: FlaskClient, city: Brand, uids):
    """It stands on no page before the confirmation and in no mail; the name of a subscriber stays."""
    fill_in(client, lists=[uids["news"]], first_name="Amina")
    press(client, newest("signup/confirm").links["action_url"])
    fill_in(client, lists=[uids["urgent"]], first_name="Mallory")
    link = newest("signup/confirm").links["action_url"]
    pages = [client.get(link).get_data(as_text=True)]
    press(client, link)
    pages.append(client.get(link).get_data(as_text=True))
    assert not [page for page in [*pages, str(mails())] if "Mallory" in page]
    with db.reading():
        person = find_recipient(city.id, city.uid, RecipientKind.PERSON, PERSON)
        assert contact_of(person).first_name == "Amina"
        assert len(lists_of(person.id)) == 2


@pytest.mark.parametrize(
    "address",
    [
        "a\r\nb@example.org",
        "a@example.org\nCc: b@example.org",
        "@",
        "a" * 300 + "@example.org",
        "a@b@c",
        "\u202ea@example.org",
    ],
)
def test_an_address_that_could_act_is_refused(client: FlaskClient, city: Brand, uids, address: str):
    """What is no mail address stores and mails nothing."""
    assert fill_in(client, lists=[uids["news"]], email=address).status_code == 422
    assert count(VisitorRequest) == 0


def test_a_list_that_the_form_does_not_offer_is_not_joined(client: FlaskClient, city: Brand, uids):
    """Private lists and those of another organisation are no choice."""
    with db.writing():
        other = make_organisation(slug="other")
    assert other.id != city.id
    assert fill_in(client, lists=[uids["press"]]).status_code == 422
    assert client.get("/other/subscribe").status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        lambda token: token[:-1],
        lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"),
        lambda token: token + "=",
        lambda token: mint(UNSUBSCRIBE, 1, 1),
        lambda _token: "x",
    ],
)
def test_an_altered_link_confirms_nothing(client: FlaskClient, city: Brand, uids, change):
    """The page says so and shows the way to sign up again."""
    fill_in(client, lists=[uids["news"]])
    path = newest("signup/confirm").links["action_url"]
    spoilt = "/c/" + change(path.removeprefix("/c/"))
    assert client.get(spoilt).status_code == 404
    assert client.post(spoilt).status_code == 404
    assert count(Subscription) == 0


def test_an_expired_link_leads_back_to_the_form(client: FlaskClient, city: Brand, uids: dict[str, str]):
    """After seven days nothing is confirmed, and the tick forgets what was typed, address and all."""
    fill_in(client, lists=[uids["news"]])
    path = newest("signup/confirm").links["action_url"]
    later = clock.now() + timedelta(days=7, minutes=1)
    with clock.frozen(later):
        answer = client.get(path)
        assert answer.status_code == 404
        assert 'href="/city/subscribe"' in answer.get_data(as_text=True)
        with db.writing():
            assert service.forget_expired(later) == 1
        with db.writing():
            assert service.forget_expired(later) == 0
    assert count(VisitorRequest) == count(UsedChallenge) == 0
    assert mails() == []


def test_forgetting_keeps_who_confirmed(client: FlaskClient, city: Brand, uids: dict[str, str]):
    """A confirmed sign-up is removed; the person, their mails and their consent stay."""
    fill_in(client, lists=[uids["news"]])
    press(client, newest("signup/confirm").links["action_url"])
    with db.writing():
        assert service.forget_expired(clock.now() + timedelta(days=8)) == 1
    assert count(Subscription) == 1
    assert len(mails()) == 2


def test_sign_ups_are_taken_while_redis_is_away(client: FlaskClient, city: Brand, uids, monkeypatch):
    """Limits count in memory; the sign-up is stored and answered."""

    class Away:
        def hit(self, *_arguments: object, **_options: int) -> bool:
            raise RedisError

    monkeypatch.setattr(limits._in_use(), "_redis", Away())
    assert fill_in(client, lists=[uids["news"]]).status_code == 303
    assert len(mails()) == 1
