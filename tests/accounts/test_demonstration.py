"""The demonstration's accounts work on this machine only, and only while the embedded inbox runs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask

from mobilize.accounts import service
from mobilize.app import create_app
from mobilize.core import db
from mobilize.core.permissions import Role
from mobilize.core.settings import Settings
from tests.accounts.browsing import PASSWORD, log_in, token_on
from tests.factories import make_organisation

ADDRESS = "owner@city.example.org"


@pytest.fixture
def account(installation: Settings) -> None:
    with db.writing():
        house = make_organisation(slug="city", is_demonstration=True)
        service.add_member(service.create_user(ADDRESS, PASSWORD, is_demonstration=True), house.id, Role.OWNER)


def outcome(app: Flask, base: str = "http://127.0.0.1:8000") -> int:
    """What posting the right password is answered at an address of the service."""
    client = app.test_client()
    page = f"{base}/studio/login"
    shown = client.get(page)
    if shown.status_code != 200:
        return shown.status_code
    data = {"form_token": token_on(client, page), "email": ADDRESS, "password": PASSWORD}
    return client.post(page, data=data).status_code


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000"])
def test_on_loopback_with_the_inbox_they_work(installation, account, host):
    """By any of this machine's own names."""
    assert outcome(create_app(installation), f"http://{host}") == 303


@pytest.mark.parametrize(
    "change",
    [
        {"bind": "0.0.0.0:8000"},
        {"bind": "192.0.2.7:8000"},
        {"base_url": "https://news.example.org"},
        {"smtp_url": "smtp://mail.example.org:587"},
        {"smtp_url": "smtp://127.0.0.1:2525?starttls=off"},
    ],
    ids=str,
)
def test_any_way_to_the_outside_closes_them(installation, account, change):
    """BIND, BASE_URL or a real mail server: the right password is answered like a wrong one."""
    reachable = create_app(replace(installation, **change))
    base = change.get("base_url", "http://127.0.0.1:8000")
    assert outcome(reachable, base) == 422


@pytest.mark.parametrize(
    "host", ["news.example.org", "127.0.0.1.example.org", "192.0.2.7:8000", "localhost.example.org"]
)
def test_a_request_that_names_another_host_is_refused(installation, account, host):
    """Also where a tunnel or a proxy forwards it to loopback."""
    assert outcome(create_app(installation), f"http://{host}") == 400


def test_the_guard_itself_looks_at_the_host(installation, account):
    """Even if every host were trusted, only loopback would sign in."""
    app = create_app(installation)
    app.config["OWN_HOSTS"] = None
    assert outcome(app, "http://news.example.org") == 422


def test_an_open_session_closes_with_the_demonstration(installation, account):
    """Whoever is signed in when the service goes public is nobody from then on."""
    client = create_app(installation).test_client()
    log_in(client, ADDRESS)
    assert client.get("/studio/city/settings/").status_code == 200
    public = create_app(replace(installation, smtp_url="smtp://mail.example.org:587")).test_client()
    public.set_cookie("mobilize", client.get_cookie("mobilize").value)
    assert public.get("/studio/city/settings/").status_code == 303


def test_other_accounts_are_not_concerned(installation, account):
    """A person's own account works wherever the service is."""
    with db.writing():
        house = make_organisation(slug="real")
        service.add_member(service.create_user("person@example.org", PASSWORD), house.id, Role.OWNER)
    public = create_app(replace(installation, base_url="http://news.example.org", smtp_url="smtp://m.example.org"))
    client = public.test_client()
    page = "http://news.example.org/studio/login"
    data = {"form_token": token_on(client, page), "email": "person@example.org", "password": PASSWORD}
    assert client.post(page, data=data).status_code == 303
