"""A mail to the account when its password, its role or its way to log in changed."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from mobilize.accounts import colleagues, notices, service
from mobilize.accounts.models import User
from mobilize.core import db
from mobilize.core.db import session
from mobilize.core.permissions import Role
from mobilize.delivery.models import Message, Stream
from mobilize.delivery.sending.servers import ServerFacts, use_server
from mobilize.organisations.installation import installation_row
from mobilize.organisations.queries import organisation_row
from tests.accounts.browsing import PASSWORD, fill, forgotten
from tests.accounts.conftest import OWNER, House
from tests.accounts.ledger_mail import mailed_links
from tests.delivery.engine_world import FakeTransport, drain

NEW = "four unrelated words here"
PEOPLE = "/studio/house/settings/people"
SECOND = "second@example.org"


@pytest.fixture
def second(house: House) -> User:
    """A colleague who reads French; the organisation has a mail server of its own."""
    with db.writing():
        user = service.create_user(SECOND, PASSWORD, language="fr")
        service.add_member(user, house.id, Role.VIEWER)
        use_server(organisation_row(house.id), ServerFacts("mail.example.net", 587, "starttls"), private_allowed=False)
    return user


def sent() -> list[tuple[str, str]]:
    """Who was mailed what, by the installation and nobody else."""
    with db.reading():
        assert set(session.scalars(select(Message.organisation_id))) <= {installation_row().id}
    transport = FakeTransport()
    drain(transport, Stream.TRANSACTIONAL)
    return [(one.recipient, one.message.replace(b"=\r\n", b"").decode()) for one in transport.sent]


def test_a_changed_password_is_told(owner: FlaskClient) -> None:
    """Without any link of one's own: nothing can be done by opening it."""
    fill(owner, "/studio/account", "/studio/account/password", current=PASSWORD, new=NEW)
    ((to, mail),) = sent()
    assert to == OWNER
    assert "Your password was changed" in mail
    assert "/studio/" not in mail
    assert "Amina" not in mail


def test_a_refused_password_is_not(owner: FlaskClient) -> None:
    """Nothing changed."""
    fill(owner, "/studio/account", "/studio/account/password", current=NEW, new=NEW)
    assert sent() == []


def test_a_password_by_a_mailed_link_is_told(app: Flask, client: FlaskClient, house: House) -> None:
    """After the link's own mail."""
    forgotten(client, OWNER)
    fill(client, mailed_links("accounts/reset")[0], password=NEW)
    assert ["was changed" in mail for _to, mail in sent()] == [False, True]


def test_a_changed_role_is_told_in_the_language_of_whose_it_is(owner: FlaskClient, second: User) -> None:
    """To them; the same role again is no change."""
    for _ in range(2):
        fill(owner, PEOPLE, f"{PEOPLE}/{second.uid}/role", role="campaigner")
    ((to, mail),) = sent()
    assert to == SECOND
    assert "House" in mail
    assert "Responsable de campagne" in mail or "campagne" in mail
    assert "/studio/" not in mail


def test_who_is_removed_is_told(owner: FlaskClient, second: User) -> None:
    """Their account stays."""
    fill(owner, PEOPLE, f"{PEOPLE}/{second.uid}/remove")
    ((to, mail),) = sent()
    assert (to, "House" in mail) == (SECOND, True)


def test_a_new_way_to_log_in_is_told(house: House, second: User) -> None:
    """For whatever adds one."""
    with db.writing():
        notices.sign_in_changed(session.get_one(User, house.user_id))
    ((to, mail),) = sent()
    assert (to, "The way you log in was changed" in mail) == (OWNER, True)


def test_a_mailbox_is_not_filled_by_changing_a_role_back_and_forth(house: House, second: User) -> None:
    """Ten mails a day; the changes themselves go on."""
    with db.writing():
        for number in range(14):
            colleagues.change_role(house.id, second.uid, (Role.OWNER, Role.VIEWER)[number % 2])
    assert [to for to, _mail in sent()] == [SECOND] * 10
