"""An organisation with an owner who can log in."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient

from mobilize.accounts import service
from mobilize.core import db
from mobilize.core.permissions import Role
from tests.accounts.browsing import PASSWORD, log_in
from tests.factories import make_organisation

OWNER = "owner@example.org"


@dataclass(frozen=True)
class House:
    """``id`` of the organisation ``house``, its owner's ``user_id`` and ``user_uid``."""

    id: int
    user_id: int
    user_uid: str


@pytest.fixture
def house(app: Flask) -> House:
    with db.writing():
        organisation = make_organisation(slug="house", name="House")
        user = service.create_user(OWNER, PASSWORD, name="Amina Benali")
        service.add_member(user, organisation.id, Role.OWNER)
        return House(organisation.id, user.id, user.uid)


@pytest.fixture
def owner(house: House, client: FlaskClient) -> FlaskClient:
    """The owner's browser, logged in."""
    assert log_in(client, OWNER).status_code == 303
    return client
