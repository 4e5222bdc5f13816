"""A form that is sent after the session has ended: nothing typed is lost, and nothing is saved without a look at it."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from io import BytesIO

import pytest
from wtforms import PasswordField
from wtforms.fields.core import UnboundField

from mobilize.accounts import sessions
from mobilize.accounts.logged_out import SECRETS
from mobilize.core import clock
from mobilize.core.forms import Form
from tests.accounts.browsing import log_in
from tests.accounts.conftest import OWNER
from tests.signup.visiting import hidden

TYPED = {
    "timezone": "Europe/Brussels",
    "website": "https://example.org/new",
    "postal_address_en": "A street 1\n1000 Town",
}


def kept(page: str) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page)
    return {name: unescape(value) for name, value in found}


@pytest.fixture
def path(house) -> str:
    assert house.id
    return "/studio/house/settings/"


def test_what_was_typed_is_held_until_somebody_logs_in_and_looks_at_it(owner, path):
    """The second sending shows the form as it was filled in; only a press on that saves."""
    token = hidden(owner.get(path).text, "form_token")
    later = clock.now() + sessions.IDLE + timedelta(minutes=1)
    with clock.frozen(later):
        answer = owner.post(path, data={"form_token": token, **TYPED})
        assert (answer.status_code, "You are logged out" in answer.text) == (403, True)
        held = kept(answer.text)
        assert held == TYPED
        log_in(owner, OWNER)
        shown = owner.post(path, data=held)
        assert shown.status_code == 422
        assert "https://example.org/new" in shown.text
        assert "https://example.org/new" not in owner.get(path).text


def test_a_page_that_is_asked_for_comes_after_the_log_in(client, path):
    answer = client.get(f"{path}?at=9")
    assert (answer.status_code, answer.location) == (303, f"/studio/login?next={path}?at%3D9")


def test_markup_that_was_typed_stays_text(client, path):
    """The page holds what was sent, whoever sent it."""
    answer = client.post(path, data={"website": '"><script>alert(1)</script>'})
    assert answer.status_code == 403
    assert "<script>alert" not in answer.text


def test_files_are_named_as_lost(client, path):
    answer = client.post(path, data={"website": "x", "file": (BytesIO(b"octets"), "a.png")})
    assert "choose them once more" in answer.text


@pytest.mark.parametrize("data", [{}, {"form_token": "1.2"}, {"form_token": "1.2", "form_version": "abc"}])
def test_a_press_without_text_leads_to_the_log_in(client, path, data):
    answer = client.post(path, data=data)
    assert (answer.status_code, "/studio/login" in answer.location) == (303, True)


def test_a_form_of_another_site_is_not_held(client, path):
    """Nobody's page puts words into one of ours."""
    answer = client.post(path, data={"website": "x"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert (answer.status_code, "/studio/login" in answer.location) == (303, True)


def passwords_of(form: type[Form] = Form) -> set[str]:
    """The names of the password fields of every form class that is loaded."""
    own = {name: getattr(form, name) for name in dir(form)}
    found = {
        name for name, field in own.items() if isinstance(field, UnboundField) and field.field_class is PasswordField
    }
    return found.union(*map(passwords_of, form.__subclasses__()))


def test_no_password_stands_in_the_page(owner, path):
    """Whoever sits down at this machine next could read it in the page's source."""
    assert {"password", "current", "new"} <= passwords_of() <= SECRETS
    typed = {"current": "correct horse battery staple", "new": "another horse and staple"}
    with clock.frozen(clock.now() + sessions.IDLE + timedelta(minutes=1)):
        answer = owner.post("/studio/account/password", data=typed)
        assert (answer.status_code, "horse" in answer.text) == (303, False)
        server = owner.post(f"{path}sending/server", data={"host": "mail.example.org", "password": "horse"})
        assert (server.status_code, kept(server.text)) == (403, {"host": "mail.example.org"})
