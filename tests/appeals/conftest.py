"""An organisation with a campaigner, and a defender whose case was reviewed."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from mobilize.appeals import queries, service
from mobilize.appeals.models import Defender
from mobilize.appeals.queries import Details
from mobilize.appeals.rules import Publish, Reviewed, ReviewKind
from mobilize.core import db
from mobilize.core.permissions import Role
from mobilize.organisations.queries import Brand, brand
from tests.factories import make_organisation
from tests.staff import COOKIE, sign_in

STAFF = "/studio/city/defenders"
NAME, ALIAS, NOTE = "Nadia Exemplaire", "Nadja Beispiel", "her brother still lives there"


@pytest.fixture
def house(installation: object) -> Brand:
    with db.writing():
        return brand(make_organisation(slug="city", name="The City").id)


@pytest.fixture
def campaigner(app: Flask, house: Brand) -> FlaskClient:
    return signed_in(app, house, Role.CAMPAIGNER)


@pytest.fixture
def owner(app: Flask, house: Brand) -> FlaskClient:
    return signed_in(app, house, Role.OWNER)


def signed_in(app: Flask, house: Brand, role: Role) -> FlaskClient:
    client = app.test_client()
    with db.writing():
        cookie = sign_in(house.id, role)
    client.set_cookie(COOKIE, cookie)
    return client


@pytest.fixture
def defender(house: Brand) -> str:
    """The uid of somebody whose case was reviewed today and who has a public page, ``/city/defenders/case-1``."""
    with db.writing():
        details = Details(NAME, aliases={"nl": [ALIAS]}, country="BE", rights=["Freedom of speech"],
                          about={"en": "She **writes**."})  # fmt: skip
        row = service.create_defender(house.id, details, "case-1")
        review_all(row)
        return row.uid


def review_all(row: Defender, scope: frozenset[Publish] = frozenset(Publish)) -> None:
    today = queries.today_in(row.organisation_id)
    for kind in ReviewKind:
        service.add_review(row, kind, Reviewed(today, passed=True, scope=scope), "the family, by phone")


def page(client: FlaskClient, path: str, status: int = 200, language: str = "en") -> str:
    answer = client.get(path, headers={"Accept-Language": language})
    assert answer.status_code == status, path
    return answer.get_data(as_text=True)
