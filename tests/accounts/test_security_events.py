"""Refusals are logged and counted, whatever becomes of their transaction, and nobody's address is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from mobilize.accounts.purposes import INVITATION, RESET
from mobilize.core import broker, db, limits, security_events
from mobilize.core.permissions import Role
from mobilize.core.security_events import SecurityEvent, counts
from mobilize.core.settings import Settings
from mobilize.core.tokens import mint
from tests.accounts.browsing import PASSWORD, fill, log_in, token_on
from tests.accounts.conftest import OWNER, House
from tests.factories import make_organisation
from tests.staff import COOKIE, sign_in

WRONG = "not the password at all"
FORGED = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"


def counted() -> dict[str, int]:
    return {event.value: number for event, number in counts().items() if number}


def events(caplog: pytest.LogCaptureFixture) -> list[dict[str, object]]:
    """The security events of the log, as structlog hands them to it."""
    told = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    return [one for one in told if one["event"] == "security.event"]


def viewer(app: Flask, house: House) -> FlaskClient:
    client = app.test_client()
    with db.writing():
        client.set_cookie(COOKIE, sign_in(house.id, Role.VIEWER))
    return client


def refused_log_in(app: Flask, _house: House, _owner: FlaskClient) -> None:
    assert log_in(app.test_client(), OWNER, WRONG).status_code == 422


def unknown_log_in(app: Flask, _house: House, _owner: FlaskClient) -> None:
    assert log_in(app.test_client(), "nobody@example.net").status_code == 422


def refused_permission(app: Flask, house: House, _owner: FlaskClient) -> None:
    assert viewer(app, house).get("/studio/house/settings/people").status_code == 403


def somebody_elses_house(_app: Flask, _house: House, owner: FlaskClient) -> None:
    with db.writing():
        make_organisation(slug="other")
    assert owner.get("/studio/other/settings/people").status_code == 404


def wrong_password(_app: Flask, _house: House, owner: FlaskClient) -> None:
    data = {"current": WRONG, "new": "four unrelated words here"}
    assert fill(owner, "/studio/account", "/studio/account/password", **data).status_code == 422


def forged_link(app: Flask, _house: House, _owner: FlaskClient) -> None:
    assert app.test_client().get(f"/studio/reset/{FORGED}").status_code == 404


def link_for_something_else(app: Flask, house: House, _owner: FlaskClient) -> None:
    assert app.test_client().get(f"/studio/reset/{mint(INVITATION, house.user_id)}").status_code == 404


def forged_confirmation(app: Flask, _house: House, _owner: FlaskClient) -> None:
    assert app.test_client().get(f"/c/{FORGED}").status_code == 404


def forged_seat(app: Flask, _house: House, _owner: FlaskClient) -> None:
    assert app.test_client().get(f"/r/{FORGED}").status_code == 404


def forged_registration(app: Flask, _house: House, _owner: FlaskClient) -> None:
    assert app.test_client().get(f"/g/{FORGED}").status_code == 404


def forged_change_of_a_registration(app: Flask, _house: House, _owner: FlaskClient) -> None:
    assert app.test_client().get(f"/g/change/{FORGED}").status_code == 404


def forged_form(app: Flask, house: House, owner: FlaskClient) -> None:
    data = {"form_token": token_on(viewer(app, house), "/studio/account"), "name": "Nour", "language": "en"}
    assert owner.post("/studio/account", data=data).status_code == 422


def other_site(app: Flask, _house: House, _owner: FlaskClient) -> None:
    client = app.test_client()
    data = {"form_token": token_on(client, "/studio/login"), "email": OWNER, "password": PASSWORD}
    assert client.post("/studio/login", data=data, headers={"Origin": "https://evil.example.net"}).status_code == 403


def limit(_app: Flask, _house: House, _owner: FlaskClient) -> None:
    assert [limits.allow("login.account", b"key", "1 per hour") for _ in range(2)] == [True, False]


ATTACKS: dict[Callable[[Flask, House, FlaskClient], None], SecurityEvent] = {
    refused_log_in: SecurityEvent.LOGIN_REFUSED,
    unknown_log_in: SecurityEvent.LOGIN_REFUSED,
    refused_permission: SecurityEvent.PERMISSION_REFUSED,
    somebody_elses_house: SecurityEvent.PERMISSION_REFUSED,
    wrong_password: SecurityEvent.PASSWORD_REFUSED,
    forged_link: SecurityEvent.TOKEN_FORGED,
    link_for_something_else: SecurityEvent.TOKEN_FORGED,
    forged_confirmation: SecurityEvent.TOKEN_FORGED,
    forged_seat: SecurityEvent.TOKEN_FORGED,
    forged_registration: SecurityEvent.TOKEN_FORGED,
    forged_change_of_a_registration: SecurityEvent.TOKEN_FORGED,
    forged_form: SecurityEvent.FORM_FORGED,
    other_site: SecurityEvent.OTHER_SITE,
    limit: SecurityEvent.LIMIT_REACHED,
}


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_each_refusal_is_an_event(
    app: Flask, house: House, owner: FlaskClient, attack: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    """Logged once and counted once, without an address, a token or what was typed."""
    before, event = counted(), ATTACKS[attack]
    attack(app, house, owner)
    told = events(caplog)
    assert [one["kind"] for one in told] == [event.value]
    assert counted() == {**before, event.value: before.get(event.value, 0) + 1}
    assert not any(secret in str(told) for secret in ("@", FORGED, WRONG, "127.0.0.1"))


def test_what_is_in_order_is_no_event(app: Flask, house: House, client: FlaskClient) -> None:
    """A log-in, a page, a link that was used already, a form that was open for too long."""
    assert log_in(client, OWNER).status_code == 303
    assert client.get("/studio/house/settings/people").status_code == 200
    assert client.get(f"/studio/reset/{mint(RESET, house.user_id, 99)}").status_code == 404
    assert client.post("/studio/account", data={"form_token": "12345.ab", "language": "en"}).status_code == 422
    assert counted() == {}


def test_metrics_tell_each_kind_and_nothing_that_a_stranger_chose(app: Flask, client: FlaskClient) -> None:
    """Every kind from the first day, and only kinds of ours, whatever stands in Redis."""
    attack = {"User-Agent": 'x"} 1 mobilize_evil 1', "Origin": 'https://"} evil 1'}
    client.post('/studio/login?next="}%0Aevil', data={"email": '"}\n evil 1'}, headers=attack)
    broker.redis().hset("mobilize:security-events", 'evil"} 1\n', 7)
    told = client.get("/metrics").text
    lines = [one for one in told.splitlines() if one.startswith("mobilize_security_events_total")]
    assert sorted(lines) == sorted(
        f'mobilize_security_events_total{{event="{event}"}} {float(event is SecurityEvent.OTHER_SITE)}'
        for event in SecurityEvent
    )
    assert "evil" not in told


def test_without_redis_refusals_are_logged_all_the_same(
    house: House, client: FlaskClient, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """The answer stays what it was, and /metrics gives the rest."""
    security_events.connect(replace(settings, redis_url="unix:///nowhere/redis.sock"))
    assert log_in(client, OWNER, WRONG).status_code == 422
    assert [one["kind"] for one in events(caplog)] == ["login_refused"]
    assert "mobilize_security_events" not in client.get("/metrics").text
    assert client.get("/metrics").status_code == 200
