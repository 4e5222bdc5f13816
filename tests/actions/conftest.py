"""An organisation with a published petition, a list that it offers, and a campaigner."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from mobilize.actions.models import CallToAction, Shown
from mobilize.actions.queries import action_by_slug
from mobilize.actions.service import Facts, create_action, publish
from mobilize.core import db
from mobilize.core.permissions import Role
from mobilize.organisations.queries import Brand, brand
from mobilize.subscribers.queries import lists
from mobilize.subscribers.service import create_list
from mobilize.visitors import challenges
from tests.factories import make_organisation
from tests.staff import COOKIE, sign_in

NOW = datetime(2024, 3, 1, 12, tzinfo=UTC)
PETITION = "/city/act/open-the-square"
STUDIO = "/studio/city/actions"


@pytest.fixture(autouse=True)
def _little_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(challenges, "ROUNDS", 10)


@pytest.fixture
def house(installation: object) -> Brand:
    with db.writing():
        made = make_organisation(slug="city", name="The City", timezone="Europe/Brussels")
        create_list(made.id, "news", {"en": "Newsletter", "fr": "Lettre"})
        return brand(made.id)


def make_petition(house: Brand, slug: str = "open-the-square", **facts: object) -> CallToAction:
    """A published petition; call it inside a writing unit."""
    known: dict[str, object] = {
        "titles": {"en": "Open the square", "fr": "Ouvrez la place"},
        "addressees": {"en": "The mayor"},
        "texts": {"en": "The square is **closed**."},
        "asks": {"en": "Please open the square.", "fr": "Ouvrez la place."},
        "thanks": {"en": "We hand it over in May."},
        "shows": Shown.NAME,
        "list_id": lists(house.id)[0].id,
        "wordings": {"en": "Send me the newsletter.", "fr": "Envoyez-moi la lettre."},
    }
    row = create_action(house.id, slug, Facts(**{**known, **facts}))  # type: ignore[arg-type]
    publish(row)
    return row


@pytest.fixture
def petition(house: Brand) -> int:
    """The id of a published petition to whose target the name is shown; it offers the newsletter."""
    with db.writing():
        return make_petition(house).id


def found_petition(house: Brand) -> CallToAction:
    """The petition as it is stored; call it inside a unit."""
    return action_by_slug(house.id, "open-the-square")


@pytest.fixture
def campaigner(app: Flask, house: Brand) -> FlaskClient:
    client = app.test_client()
    with db.writing():
        cookie = sign_in(house.id, Role.CAMPAIGNER)
    client.set_cookie(COOKIE, cookie)
    return client
