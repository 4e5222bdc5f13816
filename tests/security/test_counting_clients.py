"""Limits count people and networks, not spellings."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from mobilize.accounts import service
from mobilize.core import clients, crypto, db
from mobilize.core.permissions import Role
from mobilize.organisations.queries import Brand
from tests.accounts.browsing import PASSWORD, forgotten, log_in, token_on
from tests.factories import make_organisation
from tests.signup.visiting import fill_in, hidden, mails

OWNER = "owner@example.org"


def key_of(app: Flask, address: str) -> bytes:
    with app.test_request_context(environ_overrides={"REMOTE_ADDR": address}):
        return clients.client_key()


def test_a_customers_ipv6_network_is_one_client(app: Flask) -> None:
    """Whoever has a /64 has 2^64 addresses."""
    assert key_of(app, "2001:db8::1") == key_of(app, "2001:db8::ffff:2")
    assert key_of(app, "2001:db8::1") != key_of(app, "2001:db8:0:1::1")


def test_ipv4_over_an_ipv6_socket_is_not_one_client(app: Flask) -> None:
    """Bound to [::], every IPv4 visitor comes as ::ffff:a.b.c.d: one /64 for the whole of IPv4 would shut it out."""
    assert key_of(app, "::ffff:203.0.113.1") != key_of(app, "::ffff:203.0.113.2")
    assert key_of(app, "::ffff:203.0.113.1") == key_of(app, "203.0.113.1")


def test_a_password_is_not_tried_from_each_address_of_one_network(client: FlaskClient) -> None:
    """One IPv6 customer has the tries of one client."""
    typed = {"form_token": token_on(client, "/studio/login"), "email": OWNER, "password": "wrong"}
    for number in range(16):
        answer = client.post("/studio/login", data=typed, environ_overrides={"REMOTE_ADDR": f"2001:db8::1:{number:x}"})
    assert answer.status_code == 429


@pytest.fixture
def owner_address(app: Flask) -> str:
    with db.writing():
        user = service.create_user(OWNER, PASSWORD)
        service.add_member(user, make_organisation(slug="house").id, Role.OWNER)
    return OWNER


def wrong_tries(client: FlaskClient, network: str, number: int) -> int:
    """The last status of ``number`` wrong passwords from one client."""
    typed = {"form_token": token_on(client, "/studio/login"), "email": OWNER, "password": "wrong"}
    answers = [
        client.post("/studio/login", data=typed, environ_overrides={"REMOTE_ADDR": network}) for _ in range(number)
    ]
    return answers[-1].status_code


def test_a_stranger_does_not_lock_a_colleague_out(client: FlaskClient, owner_address: str) -> None:
    """Wrong passwords from elsewhere use up that client's tries, not the owner's."""
    assert wrong_tries(client, "203.0.113.9", 16) == 429
    assert log_in(client, owner_address).status_code == 303


def test_a_botnet_is_slowed_down_as_well(
    client: FlaskClient, owner_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many networks it comes from, an account is tried so often and no more."""
    monkeypatch.setattr("mobilize.accounts.limits.PER_ACCOUNT", "6 per 15 minutes")
    for number in range(3):
        wrong_tries(client, f"203.0.{number}.9", 2)
    assert log_in(client, owner_address).status_code == 429


def test_a_new_password_by_mail_opens_a_locked_account(
    client: FlaskClient, owner_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page that refuses promises so."""
    monkeypatch.setattr("mobilize.accounts.limits.PER_ACCOUNT", "6 per 15 minutes")
    for number in range(3):
        wrong_tries(client, f"203.0.{number}.9", 3)
    assert log_in(client, owner_address).status_code == 429
    assert forgotten(client, owner_address).status_code == 200
    link = mails()[-1].links["action_url"]
    new = "another battery staple horse"
    client.post(link, data={"form_token": token_on(client, link), "password": new})
    assert log_in(client, owner_address, new).status_code == 303


@pytest.mark.parametrize(
    "spellings",
    [
        ["victim@example.org", "VICTIM@example.org", "Victim@EXAMPLE.org"],
        [f"victim+{number}@example.org" for number in range(12)],
        ["v.ictim@example.org", "vi.ctim@example.org", "vic.tim@example.org", "v.i.c.t.i.m@example.org"] * 3,
        ["\uff56ictim@example.org", "victim@example.org"] * 5,
    ],
    ids=["case", "tags", "dots", "full width"],
)
def test_spellings_of_one_mailbox_share_its_limit(
    client: FlaskClient, city: Brand, uids: dict[str, str], spellings: list[str]
) -> None:
    """Whoever wants to flood somebody gets four mails an hour to them, however the address is written."""
    for number, address in enumerate(spellings):
        fill_in(client, lists=[uids["news"]], email=address, client_address=f"203.0.{number}.1")
    assert 0 < len(mails()) <= 4


def test_people_of_one_house_do_not_share_a_limit(keyring: None) -> None:
    """Only spellings of one mailbox do."""
    assert crypto.mailbox_index("o", "a@example.org") != crypto.mailbox_index("o", "b@example.org")
    assert crypto.mailbox_index("o", "a@example.org") != crypto.mailbox_index("o", "a@example.net")
    assert crypto.mailbox_index("o", "+a@example.org") != crypto.mailbox_index("o", "+b@example.org")


def test_the_button_to_send_again_has_one_limit_a_person(
    client: FlaskClient, city: Brand, uids: dict[str, str]
) -> None:
    """Other spellings of the same sealed text do not count anew."""
    path = fill_in(client, lists=[uids["news"]]).headers["Location"]
    page = client.get(path).get_data(as_text=True)
    token, sealed = hidden(page, "form_token"), hidden(page, "to")
    for number in range(8):
        client.post(path, data={"form_token": token, "to": "!" * number + sealed})
    assert len(mails()) == 4


def test_the_page_that_refuses_names_one_waiting_time(client: FlaskClient, city: Brand) -> None:
    """And does not say that nothing was lost: what was typed is gone."""
    for _try in range(61):
        answer = client.post("/city/subscribe", data={"email": "a@example.org"})
    assert answer.status_code == 429
    assert "hour" in answer.text
    assert "minute" not in answer.text
    assert "Nothing was lost" not in answer.text
    assert "not saved" in answer.text
