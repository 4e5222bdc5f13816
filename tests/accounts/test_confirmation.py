"""The password again before owners, signing keys, mail servers and the sender address change."""

from __future__ import annotations

from datetime import timedelta
from html import unescape
from urllib.parse import urlencode

import lxml.html
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from mobilize.accounts import service, sessions
from mobilize.accounts.models import Invitation, Membership
from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.core.permissions import Role, needs_confirmation
from mobilize.organisations.models import DkimKey
from mobilize.organisations.queries import default_sender
from tests.accounts.browsing import PASSWORD, fill, token_on
from tests.accounts.ledger_mail import mailed_links

PEOPLE = "/studio/house/settings/people"
SENDING = "/studio/house/settings/sending"
SETTINGS = "/studio/house/settings/"
GUARDED = {
    "colleagues.invite",
    "colleagues.change_role",
    "colleagues.remove",
    "outgoing.set_server",
    "outgoing.remove_server",
    "outgoing.make_key",
    "outgoing.activate",
    "organisations.change_sender",
    "defender_risks.read",
    "defender_risks.save",
    "defender_settings.name_readers",
}


@pytest.fixture
def later(owner):
    """A quarter of an hour after the log-in, on the same browser."""
    with clock.frozen(clock.now() + sessions.CONFIRMED_FOR):
        yield owner


def confirm(client: FlaskClient, asked: TestResponse, password: str = PASSWORD) -> TestResponse:
    """Type the password on the page that asks for it, as a browser without scripts sends that page's form."""
    (form,) = lxml.html.document_fromstring(asked.text).forms
    data = {**dict(form.form_values()), "confirm_password": password}
    answer = client.post(form.get("action"), data=data)
    if answer.status_code != 307:
        return answer
    # Method and body stay what they were (RFC 9110, 15.4.8).
    return client.post(answer.location, data=data)


def role_of(user_id: int) -> Role:
    with db.reading():
        return session.scalars(select(Membership.role).where(Membership.user_id == user_id)).one()


def test_exactly_these_views_ask(app):
    """Whoever adds one decides whether it belongs to them."""
    assert {name for name, view in app.view_functions.items() if needs_confirmation(view)} == GUARDED


def test_within_a_quarter_of_an_hour_of_the_log_in_nobody_is_asked(owner):
    """The password was typed just now."""
    assert fill(owner, PEOPLE, email="new@example.org", role="owner", language="en").status_code == 303


def test_later_the_password_is_asked_for_and_nothing_typed_is_lost(house, later):
    """The page holds what was typed; with the right password it is done, and the next change asks no more."""
    asked = fill(later, PEOPLE, email="n<e>w@example.org", role="owner", language="fr")
    assert asked.status_code == 403
    assert "Your password, please" in asked.text
    assert mailed_links("accounts/invitation") == []
    done = confirm(later, asked)
    assert done.status_code == 422
    assert "n&lt;e&gt;w@example.org" in done.text
    assert fill(later, PEOPLE, email="new@example.org", role="owner", language="fr").status_code == 303
    with db.reading():
        assert session.scalars(select(Invitation)).one().role is Role.OWNER


def test_a_role_changes_with_the_right_password_only(house, later):
    """A wrong one changes nothing and is asked for again, with everything kept."""
    with db.writing():
        second = service.create_user("second@example.org", PASSWORD)
        service.add_member(second, house.id, Role.VIEWER)
    asked = fill(later, PEOPLE, f"{PEOPLE}/{second.uid}/role", role="owner")
    wrong = confirm(later, asked, "not the password at all")
    assert wrong.status_code == 422
    assert "This is not your password" in wrong.text
    assert role_of(second.id) is Role.VIEWER
    assert confirm(later, wrong).location == PEOPLE
    assert role_of(second.id) is Role.OWNER


def test_a_view_that_lets_go_of_its_transaction_keeps_the_confirmation(house, later):
    """Making a signing key does; the second one asks no more."""
    assert confirm(later, fill(later, SENDING, f"{SENDING}/keys")).status_code == 303
    assert fill(later, SENDING, f"{SENDING}/keys").status_code == 303
    with db.reading():
        assert len(session.scalars(select(DkimKey.id).where(DkimKey.organisation_id == house.id)).all()) == 2


def test_a_confirmation_ends(house, later):
    """After another quarter of an hour."""
    confirm(later, fill(later, SENDING, f"{SENDING}/keys"))
    with clock.frozen(clock.now() + sessions.CONFIRMED_FOR):
        assert fill(later, SENDING, f"{SENDING}/keys").status_code == 403


def test_only_the_session_in_which_it_was_typed_is_confirmed(app, house, later):
    """Another browser of the same person is asked itself."""
    with db.writing():
        elsewhere = app.test_client()
        secret = sessions.start_session(house.user_id, clock.now() - timedelta(hours=1))
    elsewhere.set_cookie("mobilize", secret)
    confirm(later, fill(later, SENDING, f"{SENDING}/keys"))
    assert fill(elsewhere, SENDING, f"{SENDING}/keys").status_code == 403


def test_nothing_is_confirmed_by_opening_an_address(house, later):
    """Nor by a form without the token of the session."""
    query = urlencode({"confirm_password": PASSWORD, "confirm_path": SENDING})
    assert later.get(f"/studio/account/confirm?{query}").status_code == 405
    data = {"confirm_password": PASSWORD, "confirm_path": f"{SENDING}/keys"}
    assert later.post("/studio/account/confirm", data=data).status_code == 422
    assert later.post(f"{SENDING}/keys?{query}", data={"form_token": token_on(later, SENDING)}).status_code == 403
    assert fill(later, SENDING, f"{SENDING}/keys", confirm_password=PASSWORD).status_code == 403


@pytest.mark.parametrize("token", ["", "12345.abcdef", None])
def test_the_password_makes_no_forged_form_good(house, later, token):
    """A page of a neighbouring host can have the question asked, but not lend its form a token of ours."""
    typed = {"email": "thief@example.net", "role": "owner", "language": "en"}
    asked = later.post(PEOPLE, data=typed if token is None else {**typed, "form_token": token})
    assert asked.status_code == 403
    assert confirm(later, asked).status_code == 422
    with db.reading():
        assert session.scalars(select(Invitation)).all() == []


@pytest.mark.parametrize(
    "path", ["", "https://evil.example.net/", "//evil.example.net", "/inbox/", "/studio/\\..\\//evil"]
)
def test_what_was_typed_is_sent_nowhere_else(house, later, path):
    """The password goes to pages of the studio only."""
    data = {"confirm_token": token_on(later, SENDING), "confirm_password": PASSWORD, "confirm_path": path}
    assert later.post("/studio/account/confirm", data=data).status_code == 400


def test_tries_are_limited_like_those_of_the_log_in(house, later):
    """An open browser is no way to guess the password."""
    asked = fill(later, SENDING, f"{SENDING}/keys")
    statuses = [confirm(later, asked, f"wrong horse number {number}").status_code for number in range(17)]
    assert statuses.count(429) == 2
    assert "wrong horse number" not in unescape(asked.text)


def test_the_sender_address_changes_with_the_password_only(house, later):
    """Replies and refusals go where it says: until the password is typed it stays, and what was typed is kept."""
    with db.reading():
        before = default_sender(house.id).address
    typed = {"sender_names_en": "House", "sender_address": "new@mail.example.org", "reply_to": ""}
    asked = fill(later, SETTINGS, f"{SETTINGS}sender", **typed)
    assert asked.status_code == 403
    with db.reading():
        assert default_sender(house.id).address == before
    assert confirm(later, asked).status_code == 303
    with db.reading():
        assert default_sender(house.id).address == "new@mail.example.org"
