"""A person's page is built of what every feature holds about them, and so is their export."""

from __future__ import annotations

import json

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from mobilize.core import db
from mobilize.core.audit import AuditEntry
from mobilize.core.db import session
from mobilize.core.permissions import Role
from mobilize.delivery.models import Recipient, RecipientKind
from mobilize.delivery.recipients import find_or_create_recipient
from mobilize.delivery.service import send
from mobilize.visitors import requests
from tests.signup.visiting import hidden, press
from tests.staff import COOKIE, sign_in
from tests.subscribers.conftest import PERSON, City

ROOT = "/studio/city/people"


@pytest.fixture
def busy(city: City, amina: int) -> str:
    """The uid of somebody of whom several features hold something."""
    with db.writing():
        recipient = session.get_one(Recipient, amina)
        requests.keep("signup", 1, recipient, "en", {"first_name": "Amina", "list_ids": [1]})
        send(
            "subscribers/preferences",
            organisation=city.brand,
            language="en",
            recipient=recipient,
            anchor=f"recipient:{recipient.uid}",
            facts={"action_url": "Personal value"},
        )
        return recipient.uid


def exported(owner: FlaskClient, uid: str, kind: str) -> TestResponse:
    token = hidden(owner.get(f"{ROOT}/{uid}").text, "form_token")
    return owner.post(f"{ROOT}/{uid}/export", data={"form_token": token, "as": kind})


def test_the_page_shows_what_every_feature_holds(owner: FlaskClient, busy: str):
    """Mails of the ledger and requests that wait, beside lists and consents."""
    page = owner.get(f"{ROOT}/{busy}").text
    for words in ("Newsletter", "Joined “Newsletter”", "subscribers/preferences", "action_url: Personal value"):
        assert words in page
    assert "first_name: Amina" in page
    assert PERSON not in page


def test_somebody_on_no_list_has_a_page(owner: FlaskClient, city: City):
    """Whoever asked for something is found by their whole address, before they confirm too."""
    with db.writing():
        recipient = find_or_create_recipient(
            city.brand.id, city.brand.uid, RecipientKind.PERSON, "nadia@example.org", "en"
        )
        requests.keep("signup", 1, recipient, "en", {})
    place = press(owner, f"{ROOT}/", address="Nadia@example.org").headers["Location"]
    page = owner.get(place).text
    assert "This person is on no list of yours." in page
    assert "nadia@example.org" not in page


def test_an_export_says_everything_with_the_whole_address(owner: FlaskClient, city: City, busy: str):
    """As JSON for programs and as a page to read; the trail keeps who asked, and for whom by uid."""
    data = json.loads(exported(owner, busy, "json").text)
    assert data["person"][0]["email"] == PERSON
    assert {row["list"] for row in data["subscriptions"]} == {"news", "urgent"}
    assert {row["wording"] for row in data["consents"]} == {"I agree"}
    assert data["mails"][0]["values"] == "action_url: Personal value"
    answer = exported(owner, busy, "html")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert PERSON in answer.text
    assert "://" not in answer.text
    with db.reading():
        trail = list(session.scalars(select(AuditEntry.subject).where(AuditEntry.action == "person.exported")))
    assert trail == [f"recipient:{busy}"] * 2


def test_only_owners_export(owner: FlaskClient, city: City, busy: str):
    """A campaigner sees the page, without the button."""
    with db.writing():
        owner.set_cookie(COOKIE, sign_in(city.brand.id, Role.CAMPAIGNER))
    assert "Export" not in owner.get(f"{ROOT}/{busy}").text
    assert owner.post(f"{ROOT}/{busy}/export").status_code == 403


def test_the_command_prints_the_same(command, busy: str):
    """Nobody with the address is an error."""
    found = command("person", "export", PERSON.upper(), "--org", "city")
    assert json.loads(found.stdout)["person"][0]["email"] == PERSON
    assert "<!doctype html>" in command("person", "export", PERSON, "--org", "city", "--html").stdout
    assert command("person", "export", "nobody@example.org", "--org", "city").exit_code == 1
