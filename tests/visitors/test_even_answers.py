"""The answer to a public form leaves at the same time for an address that is known and for one that is not."""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter

import pytest
import time_machine
from flask.testing import FlaskClient

from mobilize.core import db, even_answers
from mobilize.events.queries import event_by_slug
from mobilize.events.registrations.service import FormFacts, change_form
from mobilize.organisations.queries import Brand
from mobilize.signup.service import FormFacts as SignupFacts
from mobilize.signup.service import create_form
from mobilize.subscribers.service import create_list
from mobilize.visitors import challenges
from tests.actions.conftest import PETITION, make_petition
from tests.actions.signing import ask as acting
from tests.events.conftest import BEFORE
from tests.events.conftest import house as house
from tests.events.conftest import lecture as lecture
from tests.signup.visiting import PERSON, answer_to, fill_in, hidden, mails, press

SECONDS = 30.0
"""Longer than any machine works on a form; no test waits for it."""


@pytest.fixture
def waited(house: Brand, lecture: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """How long each answer waited. Nothing is locked then: a unit would not open within another one."""
    found: list[float] = []

    def sleep(seconds: float) -> None:
        with db.writing():
            found.append(seconds)

    monkeypatch.setattr(even_answers, "SECONDS", SECONDS)
    monkeypatch.setattr(even_answers, "sleep", sleep)
    monkeypatch.setattr(challenges, "ROUNDS", 10)
    with time_machine.travel(BEFORE, tick=False):
        with db.writing():
            change_form(event_by_slug(house.id, lecture), FormFacts(capacity=5))
            news = create_list(house.id, "news", {"en": "Newsletter"})
            create_form(house.id, "subscribe", SignupFacts({"en": "I agree."}, [news.id]))
            make_petition(house)
        yield found


def register(client: FlaskClient, address: str) -> int:
    path = "/centre/events/partners/register"
    page = client.get(path).text
    typed = {"form_token": hidden(page, "form_token"), "proof": answer_to(page), "email": address}
    return client.post(path, data=typed).status_code


def sign_up(client: FlaskClient, address: str) -> int:
    return fill_in(client, "/centre/subscribe", email=address).status_code


def sign(client: FlaskClient, address: str) -> int:
    return acting(client, address, path=PETITION.replace("/city/", "/centre/")).status_code


@pytest.mark.parametrize("ask", [register, sign_up, sign])
def test_known_and_unknown_addresses_are_answered_at_the_same_time(
    client: FlaskClient, waited: list[float], ask: object
) -> None:
    """Counted from before the address was looked up."""
    assert callable(ask)
    assert ask(client, PERSON) == 303
    press(client, mails()[-1].links["action_url"])
    for address in (PERSON, "new@example.org"):
        waited.clear()
        began = perf_counter()
        assert ask(client, address) == 303
        (left,) = waited
        assert 0 < SECONDS - left <= perf_counter() - began


def test_other_answers_wait_for_nothing(client: FlaskClient, waited: list[float]) -> None:
    client.get("/centre/subscribe")
    client.post("/centre/subscribe", data={})
    assert waited == []
