"""Forms that are sent without a session: a page of another site cannot send them."""

import pytest

from mobilize.accounts.rules import is_own_origin
from mobilize.app import create_app
from tests.accounts.browsing import PASSWORD, fill, forgotten, is_signed_in, log_in, token_on
from tests.accounts.conftest import OWNER
from tests.accounts.ledger_mail import mailed_links

NEW = "four unrelated words here"
ELSEWHERE = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "https://evil.example.net"},
    {"Origin": "http://localhost:81"},
    {"Origin": "null"},
    {"Origin": "http://localhost.evil.example.net"},
    {"Origin": "http://["},
    {"Origin": "https://evil.example.net", "Sec-Fetch-Site": "same-origin"},
]
OURS = [
    {},
    {"Sec-Fetch-Site": "same-origin"},
    {"Origin": "http://localhost"},
    {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
]


@pytest.fixture
def pages(app, house, owner):
    """Each form that needs no session, with what it takes."""
    forgotten(app.test_client(), OWNER)
    fill(owner, "/studio/house/settings/people", email="newcomer@example.org", role="viewer", language="en")
    (reset,), (invitation,) = mailed_links("accounts/reset"), mailed_links("accounts/invitation")
    return {
        "/studio/login": {"email": OWNER, "password": PASSWORD},
        "/studio/forgotten": {"email": OWNER},
        reset: {"password": NEW},
        invitation: {"name": "Nour", "password": NEW},
    }


@pytest.mark.parametrize("headers", ELSEWHERE)
def test_another_site_sends_none_of_them(app, pages, headers):
    """403, nobody is signed in and no password changes, whichever of the two headers a browser sends."""
    client = app.test_client()
    for page, typed in pages.items():
        data = {"form_token": token_on(client, page), **typed}
        assert client.post(page, data=data, headers=headers).status_code == 403, page
    assert not is_signed_in(client)
    assert log_in(client, OWNER).status_code == 303


@pytest.mark.parametrize("headers", OURS)
def test_our_own_pages_send_them(app, pages, headers):
    """With what browsers of today, older ones and programs send."""
    for page, typed in pages.items():
        client = app.test_client()
        data = {"form_token": token_on(client, page), **typed}
        assert client.post(page, data=data, headers=headers).status_code in {200, 303}, page


def test_their_pages_let_the_browser_name_its_origin(client, pages):
    """With ``no-referrer`` browsers send ``null``; no path goes out, since a path may hold a token."""
    for page in pages:
        answer = client.get(page)
        assert answer.headers["Referrer-Policy"] == "strict-origin"
        assert '<meta name="referrer" content="strict-origin">' in answer.text
    assert client.get("/").headers["Referrer-Policy"] == "no-referrer"
    assert '<meta name="referrer" content="no-referrer">' in client.get("/").text


def test_on_a_server_only_its_own_address_counts(house, settings, monkeypatch):
    """Scheme, host and port; the port that the scheme has anyway may be written or not."""
    monkeypatch.setitem(settings.__dict__, "base_url", "https://studio.example.org")
    secure, page = create_app(settings).test_client(), "https://studio.example.org/studio/login"
    data = {"form_token": token_on(secure, page), "email": OWNER, "password": PASSWORD}
    answers = [
        secure.post(page, data=data, headers={"Origin": origin}).status_code
        for origin in ("http://studio.example.org", "https://studio.example.org:8443", "https://studio.example.org:443")
    ]
    assert answers == [403, 403, 303]


@pytest.mark.parametrize(
    "origin", ["", "null", "https://", "//a.example.org", "https://a.example.org:x", "file://", "https://[::1"]
)
def test_what_is_no_origin_is_not_ours(origin):
    """Whatever a header may hold."""
    assert not is_own_origin(origin, "https://a.example.org")
