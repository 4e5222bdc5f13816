"""Whether an address has an account here is nobody's business: not by words, and not by the time of an answer."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from mobilize.accounts import service
from mobilize.core import db, doorbell
from mobilize.core.audit import AuditEntry
from mobilize.core.db import session
from mobilize.core.permissions import Role
from tests.accounts.browsing import PASSWORD, fill
from tests.factories import make_organisation
from tests.signup.visiting import mails


@pytest.fixture
def bells(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The queues that were rung; an organisation's owner has an account."""
    with db.writing():
        user = service.create_user("owner@example.org", PASSWORD)
        service.add_member(user, make_organisation(slug="house").id, Role.OWNER)
    rung: list[str] = []
    monkeypatch.setattr(doorbell, "ring", lambda _task, *_words, queue: rung.append(queue))
    return rung


@pytest.mark.parametrize("address", ["owner@example.org", "nobody@example.org"])
def test_a_forgotten_password_costs_the_same_for_everyone(client: FlaskClient, bells: list[str], address: str) -> None:
    """A commit and a bell, which are what can be measured from outside; only the known address is mailed."""
    asked = select(func.count()).where(AuditEntry.action == "user.reset-asked")
    assert fill(client, "/studio/forgotten", email=address).status_code == 200
    with db.reading():
        assert session.scalar(asked) == 1
    assert bells == ["transactional"]
    assert len(mails()) == (address == "owner@example.org")
