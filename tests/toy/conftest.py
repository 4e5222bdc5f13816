"""The house with the toy feature in it. Its tables are the house's own only while these tests run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Table

from mobilize.app import create_app
from mobilize.core import db, feature
from mobilize.core.db import Base
from mobilize.core.feature import Feature
from mobilize.core.permissions import Role
from mobilize.core.settings import Settings
from mobilize.features import FEATURES
from mobilize.organisations.models import Organisation
from tests.factories import make_organisation
from tests.staff import COOKIE, sign_in
from tests.toy.feature import FEATURE

BEGINS = datetime(2027, 3, 20, 9, 0, tzinfo=UTC)


_removed: dict[str, Table] = {}


@pytest.fixture(scope="module")
def features() -> Iterator[tuple[Feature, ...]]:
    """The tuple with one more line."""
    together = (*FEATURES, FEATURE)
    feature.use(together)
    feature.load_models(together)
    for name, table in _removed.items():  # a module that was imported before makes no tables
        Base.metadata._add_table(name, table.schema, table)
    yield together
    feature.use(FEATURES)
    for name in ("fair_registrations", "fairs"):
        _removed[name] = Base.metadata.tables[name]
        Base.metadata.remove(_removed[name])


@pytest.fixture
def app(features: tuple[Feature, ...], installation: Settings) -> Flask:
    """The web application with it; its tables stand where a migration would have made them."""
    tables = [Base.metadata.tables[name] for name in ("fairs", "fair_registrations")]
    Base.metadata.create_all(db.engine(), tables)
    return create_app(installation, features)


@pytest.fixture
def city(app: Flask) -> Organisation:
    with db.writing():
        return make_organisation(slug="city", timezone="Europe/Brussels")


@pytest.fixture
def campaigner(city: Organisation, client: FlaskClient) -> FlaskClient:
    with db.writing():
        client.set_cookie(COOKIE, sign_in(city.id, Role.CAMPAIGNER))
    return client


@pytest.fixture
def fair(city: Organisation) -> str:
    """The uid of a fair in spring."""
    with db.writing():
        return feature.load("tests.toy.service:create_fair")(city.id, "spring", "Spring fair", BEGINS).uid
