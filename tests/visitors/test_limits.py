"""Limits of public forms: a mailbox over the whole installation, a client, and the site that a client belongs to."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis.exceptions import TimeoutError as NoAnswer

from mobilize.core import broker, db, limits
from mobilize.core.counters import Counters
from mobilize.core.errors import TooMany
from mobilize.core.tokens import mint
from mobilize.delivery.models import RecipientKind
from mobilize.delivery.purposes import FOOTER
from mobilize.delivery.recipients import find_or_create_recipient
from mobilize.organisations.queries import Brand, brand_by_slug
from mobilize.signup.service import FormFacts, create_form
from mobilize.subscribers import preferences
from mobilize.subscribers.evidence import Evidence
from mobilize.subscribers.queries import list_by_slug
from mobilize.subscribers.service import create_list, subscribe
from mobilize.visitors import challenges
from mobilize.visitors.limits import CLIENTS_A_SITE, count_client
from tests.factories import make_organisation
from tests.signup.visiting import PERSON, answer_to, fill_in, hidden, mails, press


@pytest.fixture(autouse=True)
def _little_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(challenges, "ROUNDS", 10)


@pytest.fixture
def houses(app: Flask) -> list[str]:
    """The slugs of five organisations, each with one list and its main form."""
    slugs = [f"house-{number}" for number in range(5)]
    with db.writing():
        for slug in slugs:
            found = make_organisation(slug=slug)
            news = create_list(found.id, "news", {"en": "Newsletter"})
            create_form(found.id, "subscribe", FormFacts(wording={"en": "I agree."}, list_ids=[news.id]))
    return slugs


@pytest.mark.parametrize("spelling", ["amina@example.org", "A.Mina+{number}@example.org"])
@pytest.mark.parametrize("redis_away", [False, True])
def test_five_organisations_together_spare_a_mailbox(client: FlaskClient, houses, monkeypatch, redis_away, spelling):
    """Twenty requests within a minute, from twenty networks: eight mails, whichever way the address is spelled."""
    if redis_away:
        monkeypatch.setattr(limits, "_counters", Counters(None))
    for number in range(20):
        path = f"/{houses[number % 5]}/subscribe"
        address = spelling.format(number=number)
        assert fill_in(client, path, email=address, client_address=f"203.0.113.{number}").status_code == 303
    assert len(mails()) == 8


def test_a_redis_that_hangs_costs_a_visitor_one_wait(
    client: FlaskClient, houses: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nine waits of a second each, most of them under SQLite's write lock, kept everybody else from writing."""
    asked = []

    def hangs(*_anything: object, **_more: object) -> None:
        asked.append(1)
        raise NoAnswer

    counters = Counters("redis://127.0.0.1:1")
    monkeypatch.setattr(counters._redis, "hit", hangs)
    monkeypatch.setattr(limits, "_counters", counters)
    monkeypatch.setattr(broker, "_silent_until", 0.0)
    assert fill_in(client, f"/{houses[0]}/subscribe").status_code == 303
    assert (len(mails()), len(asked)) == (1, 1)
    monkeypatch.setattr(broker, "_silent_until", 0.0)
    assert fill_in(client, f"/{houses[0]}/subscribe", email="b@example.org").status_code == 303
    assert len(asked) == 2


def test_links_to_ones_own_page_count_with_all_other_mails(client: FlaskClient, houses: list[str]):
    """Whoever holds a newsletter of each of five organisations makes as few mails as whoever fills in their forms."""
    with db.writing():
        people = [subscriber(brand_by_slug(slug)) for slug in houses]
    for number in range(20):
        press(client, f"/p/{mint(FOOTER, people[number % 5])}", press="mail")
    fill_in(client, f"/{houses[0]}/subscribe")
    assert [mail.template for mail in mails()] == ["subscribers/preferences"] * 8


def test_links_to_ones_own_page_count_by_site(app: Flask, client: FlaskClient, houses: list[str], monkeypatch):
    """A /48 whose networks take turns has ten times as many mailed as one client, to whomever."""
    monkeypatch.setattr(preferences, "LINKS_AN_HOUR", 1)
    with db.writing():
        own = brand_by_slug(houses[0])
        people = [subscriber(own, f"p{number}@example.org") for number in range(12)]
    for number, person in enumerate(people):
        path = f"/p/{mint(FOOTER, person)}"
        token = hidden(client.get(path).get_data(as_text=True), "form_token")
        place = {"REMOTE_ADDR": f"2001:db8:7:{number:x}::1"}
        client.post(path, data={"form_token": token, "press": "mail"}, environ_overrides=place)
    assert len(mails()) == CLIENTS_A_SITE


def subscriber(own: Brand, address: str = PERSON) -> int:
    """Somebody who is on the newsletter; their recipient id."""
    person = find_or_create_recipient(own.id, own.uid, RecipientKind.PERSON, address, "en", "", "")
    subscribe(person.id, [list_by_slug(own.id, "news").id], Evidence("double-opt-in", "I agree"))
    return person.id


def test_an_answer_counts_at_the_form_it_was_made_for(client: FlaskClient, houses: list[str]):
    """An answer solved at one organisation's form is worth nothing at another's."""
    proof = answer_to(client.get(f"/{houses[0]}/subscribe").get_data(as_text=True))
    assert fill_in(client, f"/{houses[1]}/subscribe", proof=proof).status_code == 200
    assert mails() == []
    assert fill_in(client, f"/{houses[0]}/subscribe", proof=proof).status_code == 303


def asks(app: Flask, address: str) -> bool:
    with app.test_request_context(environ_overrides={"REMOTE_ADDR": address}):
        try:
            count_client("test", 2)
        except TooMany:
            return False
    return True


def test_a_site_that_hops_through_its_networks_is_limited(app: Flask):
    """Each /64 of a /48 may ask as often as any client, all of them together ten times as often."""
    taken = [asks(app, f"2001:db8:7:{number:x}::1") for number in range(100)]
    assert taken.count(True) == 2 * CLIENTS_A_SITE
    assert asks(app, "2001:db8:8::1")


def test_an_ipv4_client_has_no_site(app: Flask):
    """Neighbours in IPv4 are strangers, also where a socket on [::] shows them as IPv6."""
    assert all(asks(app, f"203.0.113.{number}") for number in range(50))
    assert all(asks(app, f"::ffff:198.51.100.{number}") for number in range(50))
