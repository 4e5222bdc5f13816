"""Signing in and out."""

from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, select

from mobilize import tick
from mobilize.accounts import passwords
from mobilize.accounts.models import LoginSession
from mobilize.accounts.sessions import LIFETIME
from mobilize.app import create_app
from mobilize.core import clock, db
from mobilize.core.db import session
from tests.accounts.browsing import PASSWORD, fill, is_signed_in, log_in, token_on
from tests.accounts.conftest import OWNER
from tests.staff import COOKIE

pytestmark = pytest.mark.usefixtures("house")


class Counting(PasswordHasher):
    """Notes what is verified."""

    def __init__(self, verified: list[str]) -> None:
        super().__init__(time_cost=3, memory_cost=19_456, parallelism=1)
        self.verified = verified

    def verify(self, hash, password):  # noqa: A002 - the library's name
        self.verified.append(hash)
        return super().verify(hash, password)


def sessions() -> int:
    with db.reading():
        return session.scalar(select(func.count()).select_from(LoginSession)) or 0


def test_the_right_password_opens_the_studio_and_a_wrong_one_does_not(client):
    """Any spelling of the address's case is the same account."""
    assert log_in(client, OWNER, "wrong horse battery staple").status_code == 422
    assert not is_signed_in(client)
    answer = log_in(client, "Owner@Example.org")
    assert (answer.status_code, answer.location) == (303, "/studio/")
    assert is_signed_in(client)


def test_a_member_of_one_organisation_goes_straight_to_it(owner):
    """The chooser is for people who work in several."""
    assert owner.get("/studio/").location == "/studio/house/"


def test_unknown_address_and_wrong_password_are_answered_alike(client):
    """Same status, same page but for what was typed and the token."""
    unknown = log_in(client, "nobody@example.org")
    wrong = log_in(client, OWNER, "wrong horse battery staple")
    assert unknown.status_code == wrong.status_code == 422
    strip = lambda page: [line for line in page.text.splitlines() if "form_token" not in line and "@" not in line]  # noqa: E731
    assert strip(unknown) == strip(wrong)


def test_a_refused_login_says_so_plainly(client):
    """No talk of answers that need a change; an empty field is named as before."""
    refused = log_in(client, OWNER, "wrong horse battery staple").text
    assert "Wrong email address or password" in refused
    assert "Some answers need a change" not in refused
    empty = log_in(client, OWNER, "").text
    assert "Fill this in" in empty
    assert "Wrong email address or password" not in empty
    assert "Some answers need a change" not in empty


@pytest.mark.usefixtures("full_cost")
def test_an_unknown_address_costs_the_same_hash(client, monkeypatch):
    """The stand-in hash has today's parameters, and each login verifies exactly one."""
    assert not passwords.needs_new_hash(passwords.NOBODY)
    verified = []
    monkeypatch.setattr(passwords, "_hasher", Counting(verified))
    log_in(client, "nobody@example.org")
    log_in(client, OWNER, "wrong horse battery staple")
    assert [stored[:30] for stored in verified] == [passwords.NOBODY[:30]] * 2


def test_the_cookie_is_out_of_reach(client):
    """HttpOnly, SameSite=Lax, whole site, no domain."""
    cookie = next(line for line in log_in(client, OWNER).headers.getlist("Set-Cookie") if line.startswith(COOKIE))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie


def test_over_https_the_cookie_is_bound_to_the_host(house, settings, monkeypatch):
    """Secure, and under the name that browsers accept from this host only."""
    monkeypatch.setitem(settings.__dict__, "base_url", "https://studio.example.org")
    secure = create_app(settings).test_client()
    page = "https://studio.example.org/studio/login"
    answer = secure.post(page, data={"form_token": token_on(secure, page), "email": OWNER, "password": PASSWORD})
    cookie = next(line for line in answer.headers.getlist("Set-Cookie") if "mobilize" in line)
    assert cookie.startswith("__Host-mobilize=")
    assert "Secure" in cookie


def test_a_planted_session_is_worthless_after_signing_in(client):
    """Session fixation: the secret known before the login is not the one after it."""
    client.set_cookie(COOKIE, "planted-by-somebody")
    log_in(client, OWNER)
    assert client.get_cookie(COOKIE).value != "planted-by-somebody"
    client.set_cookie(COOKIE, "planted-by-somebody")
    assert not is_signed_in(client)


def test_signing_in_again_ends_the_session_it_came_with(owner):
    """One browser, one session."""
    first = owner.get_cookie(COOKIE).value
    log_in(owner, OWNER)
    assert owner.get_cookie(COOKIE).value != first
    assert sessions() == 1


@pytest.mark.parametrize("forged", ["", "x", "a" * 4_000, "' OR 1=1 --", "%00", "\u202eabc".encode().decode("latin-1")])
def test_a_forged_cookie_is_nobody(client, forged):
    """Anything but a secret of ours leads to the login."""
    client.set_cookie(COOKIE, forged)
    answer = client.get("/studio/house/")
    assert (answer.status_code, answer.location) == (303, "/studio/login?next=/studio/house/")


def test_the_digest_in_the_database_is_not_a_cookie(owner):
    """Whoever reads the table cannot sign in with it."""
    with db.reading():
        digest = session.scalars(select(LoginSession.secret_digest)).one()
    owner.set_cookie(COOKIE, digest.hex())
    assert not is_signed_in(owner)


def test_a_session_ends_after_a_week(owner, settings):
    """However much it is used meanwhile."""
    began = clock.now()
    for hours in range(11, 7 * 24, 11):
        with clock.frozen(began + timedelta(hours=hours)):
            assert is_signed_in(owner)
            tick.run(clock.now(), settings)
    with clock.frozen(began + LIFETIME):
        assert not is_signed_in(owner)


def test_opening_the_logout_page_ends_nothing_and_its_button_does(owner):
    """A GET changes nothing; the old secret is dead on the server too."""
    secret = owner.get_cookie(COOKIE).value
    assert owner.get("/studio/logout").status_code == 200
    assert is_signed_in(owner)
    assert fill(owner, "/studio/logout").location == "/studio/login"
    assert sessions() == 0
    owner.set_cookie(COOKIE, secret)
    assert not is_signed_in(owner)


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example.net/",
        "//evil.example.net",
        "/\\evil.example.net",
        "/studio/\\..\\//evil",
        "javascript:alert(1)",
        "/studio/\t/x",
        "/studio/\r\nSet-Cookie:x=1",
        "/inbox/",
        "studio/",
    ],
)
def test_a_login_leads_only_to_pages_of_the_studio(client, wanted):
    """``next`` to anywhere else is ignored."""
    token = token_on(client, "/studio/login")
    data = {"form_token": token, "email": OWNER, "password": PASSWORD}
    answer = client.post("/studio/login", query_string={"next": wanted}, data=data)
    assert (answer.status_code, answer.location) == (303, "/studio/")


def test_a_login_leads_back_to_the_page_that_asked(client):
    """With its query."""
    asked = client.get("/studio/house/settings/trail?before=7").location
    answer = client.post(asked, data={"form_token": token_on(client, asked), "email": OWNER, "password": PASSWORD})
    assert answer.location == "/studio/house/settings/trail?before=7"


def test_a_login_posted_by_another_site_is_refused(client):
    """Nobody is signed in to somebody else's account without knowing."""
    data = {"form_token": token_on(client, "/studio/login"), "email": OWNER, "password": PASSWORD}
    answer = client.post("/studio/login", data=data, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert not is_signed_in(client)


def test_tries_of_one_account_are_limited_with_a_clear_answer(client):
    """The right password does not help after too many wrong ones; another account is not touched."""
    token = token_on(client, "/studio/login")
    for _ in range(15):
        client.post("/studio/login", data={"form_token": token, "email": OWNER, "password": "x"})
    answer = client.post("/studio/login", data={"form_token": token, "email": OWNER, "password": PASSWORD})
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "900"
    assert "Wait 15 minutes" in answer.text
    assert log_in(client, "other@example.org").status_code == 422


def test_a_million_characters_are_refused_before_any_work(client):
    """As address and as password."""
    assert log_in(client, "a" * 1_000_000).status_code == 422
    assert log_in(client, OWNER, "x" * 1_000_000).status_code == 422


def test_the_studio_speaks_the_users_language(owner):
    """The account's own, whatever the browser asks for; the address bar wins for one page."""
    fill(owner, "/studio/account", name="Amina", language="ar")
    asks_french = {"Accept-Language": "fr"}
    assert 'dir="rtl"' in owner.get("/studio/account", headers=asks_french).text
    assert 'lang="nl"' in owner.get("/studio/account?lang=nl").text


def test_right_passwords_use_up_no_tries(app, house):
    """Whoever logs in often is not kept out; wrong passwords are counted from the last right one on."""
    for _ in range(2):
        for _ in range(10):
            assert log_in(app.test_client(), OWNER, "not the password at all").status_code == 422
        assert log_in(app.test_client(), OWNER).status_code == 303
    for _ in range(16):
        assert log_in(app.test_client(), OWNER).status_code == 303
