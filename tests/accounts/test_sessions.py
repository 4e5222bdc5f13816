"""Where a user is logged in: the idle limit, the list, and ending one of them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from mobilize import tick
from mobilize.accounts import seen, sessions
from mobilize.accounts.browsers import Browser, browser_of
from mobilize.accounts.models import LoginSession
from mobilize.core import broker, clock, db
from mobilize.core.db import session
from mobilize.core.permissions import Role
from tests.accounts.browsing import fill, is_signed_in, log_in, token_on
from tests.accounts.conftest import OWNER
from tests.staff import COOKIE, sign_in
from tests.visitors.test_migration import first_tables as first_tables
from tests.visitors.test_migration import insert, upgrade, writing

SESSIONS = "/studio/account/sessions"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Safari/604.1"
CHROME = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36"
)
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0"


def rows() -> list[LoginSession]:
    with db.reading():
        found = list(session.scalars(select(LoginSession).order_by(LoginSession.id)))
        session.expunge_all()
        return found


def row_of(client) -> LoginSession:
    digest = sessions._digest(client.get_cookie(COOKIE).value)
    return next(row for row in rows() if row.secret_digest == digest)


def used_at(owner, moment: datetime, settings, **headers: str) -> None:
    """A page is opened, and the clock ticks."""
    with clock.frozen(moment):
        assert owner.get("/studio/account", headers=headers).status_code == 200
        tick.run(clock.now(), settings)


def test_a_session_that_is_not_used_ends(owner, settings):
    """After twelve hours, however much of its week is left; the clock then forgets it."""
    with clock.frozen(clock.now() + sessions.IDLE - timedelta(minutes=1)):
        assert is_signed_in(owner)
    broker.redis().flushall()
    with clock.frozen(clock.now() + sessions.IDLE):
        assert not is_signed_in(owner)
        assert len(rows()) == 1
        tick.run(clock.now(), settings)
        assert rows() == []


def test_the_limit_is_a_setting(app, owner, settings, monkeypatch):
    """Half an hour, for whoever wants it."""
    monkeypatch.setitem(app.config, "SETTINGS", replace(settings, idle_minutes=30))
    with clock.frozen(clock.now() + timedelta(minutes=29)):
        assert is_signed_in(owner)
    with clock.frozen(clock.now() + timedelta(minutes=31)):
        assert not is_signed_in(owner)


def test_a_session_in_use_goes_on(owner, settings):
    """What is opened is noted at the next tick; a page that asks by itself is nobody's doing."""
    began = clock.now()
    used_at(owner, began + timedelta(hours=11), settings)
    used_at(owner, began + timedelta(hours=22), settings)
    used_at(owner, began + timedelta(hours=33), settings, **{"Sec-Fetch-Dest": "empty"})
    with clock.frozen(began + timedelta(hours=35)):
        assert not is_signed_in(owner)


def test_a_get_writes_no_row_and_few_notes(owner):
    """The row is the clock's; within five minutes of the last use there is no note either."""
    before = row_of(owner).last_seen_at
    owner.get("/studio/account")
    assert broker.redis().exists(seen._SEEN) == 0
    with clock.frozen(clock.now() + timedelta(minutes=6)):
        owner.get("/studio/account")
    assert row_of(owner).last_seen_at == before
    assert broker.redis().hlen(seen._SEEN) == 1


def test_without_redis_pages_open_and_the_clock_ticks(owner, settings):
    """A note is lost, nothing else."""
    broker.connect(replace(settings, redis_url="unix:///nowhere/redis.sock"))
    used_at(owner, clock.now() + timedelta(minutes=10), settings)
    assert is_signed_in(owner)


def test_the_list_shows_each_browser_in_plain_words(app, house, owner):
    """Its kind, since when and until when; neither a version nor a secret."""
    phone, strange = app.test_client(), app.test_client()
    for client, agent in ((phone, SAFARI), (strange, "<script>alert(1)</script>/9.9")):
        with_agent = {"User-Agent": agent}
        data = {
            "form_token": token_on(client, "/studio/login"),
            "email": OWNER,
            "password": "correct horse battery staple",
        }
        client.post("/studio/login", data=data, headers=with_agent)
    page = owner.get(SESSIONS).text
    assert "Safari on iPhone" in page
    assert "An unknown browser" in page
    assert page.count("This browser") == 1
    assert "17.5" not in page
    assert "alert(1)" not in page
    assert {(row.browser, row.system) for row in rows()} == {("", ""), ("Safari", "iPhone")}
    assert phone.get_cookie(COOKIE).value not in page


def test_one_browser_is_ended_and_no_other(app, house, owner):
    """By its button; opening the address does nothing."""
    other, third = app.test_client(), app.test_client()
    log_in(other, OWNER)
    log_in(third, OWNER)
    end = f"{SESSIONS}/{row_of(other).uid}/end"
    assert owner.get(end).status_code == 405
    assert is_signed_in(other)
    assert fill(owner, SESSIONS, end).status_code == 303
    assert (is_signed_in(owner), is_signed_in(other), is_signed_in(third)) == (True, False, True)
    assert fill(owner, SESSIONS, end).status_code == 404


def test_all_others_are_ended_at_once(app, house, owner):
    """The browser that asks stays."""
    others = [app.test_client() for _ in range(3)]
    for client in others:
        log_in(client, OWNER)
    assert fill(owner, SESSIONS, f"{SESSIONS}/end-others").status_code == 303
    assert is_signed_in(owner)
    assert not any(is_signed_in(client) for client in others)


def test_nobody_ends_the_session_of_somebody_else(app, house, owner):
    """Not by its name in the address, and not with all others."""
    colleague = app.test_client()
    with db.writing():
        colleague.set_cookie(COOKIE, sign_in(house.id, Role.OWNER))
    assert fill(owner, "/studio/account", f"{SESSIONS}/{row_of(colleague).uid}/end").status_code == 404
    assert fill(owner, "/studio/account", f"{SESSIONS}/end-others").status_code == 303
    assert is_signed_in(colleague)


def test_a_form_of_another_session_ends_nothing(app, house, owner):
    """The token of a form belongs to the session whose page it is on."""
    other = app.test_client()
    log_in(other, OWNER)
    data = {"form_token": token_on(other, SESSIONS)}
    for path in (f"{SESSIONS}/end-others", f"{SESSIONS}/{row_of(other).uid}/end"):
        assert owner.post(path, data=data).status_code == 303
        assert owner.post(path).status_code == 303
    assert is_signed_in(other)


@pytest.mark.parametrize(
    ("agent", "browser"),
    [
        (FIREFOX, Browser("Firefox", "Linux")),
        (SAFARI, Browser("Safari", "iPhone")),
        (CHROME, Browser("Chrome", "Android")),
        (EDGE, Browser("Edge", "Windows")),
        ("curl/8.5.0", Browser()),
        ("", Browser()),
        ("x" * 100_000, Browser()),
    ],
)
def test_a_browser_is_told_by_a_name_of_our_own(agent, browser):
    """Never by a word of its header."""
    assert browser_of(agent) == browser


def test_sessions_that_were_open_at_an_upgrade_stay_open(first_tables):
    """Used now, of an unknown browser, and not confirmed."""
    began = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=20)
    upgrade("0008")  # before login_sessions
    with writing() as connection:
        insert(
            connection, "users", id=1, uid="u", email_sealed=b"", login_index=bytes(16), language="en",
            password_hash="", password_version=1, is_demonstration=False, created_at=began,
        )  # fmt: skip
        insert(
            connection, "login_sessions", id=1, user_id=1, secret_digest=sessions._digest("secret"), created_at=began,
            expires_at=began + sessions.LIFETIME,
        )  # fmt: skip
    upgrade("head")
    with db.reading():
        found = sessions.signed_in("secret", clock.now())
    assert found is not None
    assert not found.is_confirmed
