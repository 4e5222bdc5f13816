"""Whether an address has an account here is nobody's business: not by words, and not by the time of an answer."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from mobilize.accounts import service
from mobilize.accounts.models import MailRequest
from mobilize.accounts.tick_steps import send_requested_mails
from mobilize.core import clock, db, doorbell
from mobilize.core.db import session
from mobilize.core.permissions import Role
from mobilize.core.settings import Settings
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
def test_a_forgotten_password_costs_the_same_for_everyone(
    client: FlaskClient, settings: Settings, bells: list[str], address: str
) -> None:
    """One row, a commit and a bell for the clock, which is what can be measured; only the known address is mailed."""
    assert fill(client, "/studio/forgotten", email=address).status_code == 200
    with db.reading():
        assert session.scalar(select(func.count()).select_from(MailRequest)) == 1
    assert (bells, mails()) == (["background"], [])
    send_requested_mails(clock.now(), settings)
    assert len(mails()) == (address == "owner@example.org")
