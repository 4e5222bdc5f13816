"""A house with events, and a campaigner of it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from mobilize.core import db
from mobilize.core.permissions import Role
from mobilize.core.when import timed
from mobilize.events.models import Event
from mobilize.events.service import Facts, create_event, publish
from mobilize.organisations.queries import Brand, brand
from tests.factories import make_organisation
from tests.staff import COOKIE, sign_in

BEFORE = datetime(2018, 5, 1, 12, tzinfo=UTC)
AFTER = datetime(2018, 5, 15, 12, tzinfo=UTC)


def wall(*parts: int) -> datetime:
    """What the clock on the wall shows."""
    return datetime(*parts, tzinfo=UTC).replace(tzinfo=None)  # type: ignore[arg-type,misc]


@pytest.fixture
def house(installation: object) -> Brand:
    with db.writing():
        made = make_organisation(slug="centre", name="The Centre", timezone="Europe/Amsterdam")
        return brand(made.id)


@pytest.fixture
def lecture(house: Brand) -> str:
    """The slug of a published event on 14 May 2018, 19:00 to 21:00 in Amsterdam."""
    facts = Facts(
        titles={"en": "Partners under Pressure", "fr": "Partenaires sous pression"},
        summaries={"en": "The future of civil society", "fr": "L’avenir de la société civile"},
        texts={"en": "Please **register**."},
        organisers={"en": "The Centre\nBASIS"},
        venues={"en": "Wijnhaven Complex Room 3.46"},
        venue_address="Turfmarkt 99\n2511DP Den Haag",
    )
    when = timed(house.timezone, wall(2018, 5, 14, 19), wall(2018, 5, 14, 21))
    with db.writing():
        row: Event = create_event(house.id, "partners", facts, when)
        publish(row)
    return "partners"


@pytest.fixture
def campaigner(app: Flask, house: Brand) -> FlaskClient:
    client = app.test_client()
    with db.writing():
        cookie = sign_in(house.id, Role.CAMPAIGNER)
    client.set_cookie(COOKIE, cookie)
    return client
