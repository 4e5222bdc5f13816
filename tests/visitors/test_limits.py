"""Limits of public forms: a mailbox over the whole installation, a client, and the site that a client belongs to."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from mobilize.core import db, limits
from mobilize.core.errors import TooMany
from mobilize.signup.service import FormFacts, create_form
from mobilize.subscribers.service import create_list
from mobilize.visitors import challenges
from mobilize.visitors.limits import CLIENTS_A_SITE, count_client
from tests.factories import make_organisation
from tests.signup.visiting import answer_to, fill_in, mails


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
        monkeypatch.setattr(limits, "_redis", None)
    for number in range(20):
        path = f"/{houses[number % 5]}/subscribe"
        address = spelling.format(number=number)
        assert fill_in(client, path, email=address, client_address=f"203.0.113.{number}").status_code == 303
    assert len(mails()) == 8


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
