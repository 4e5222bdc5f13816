"""Which passwords are taken, and what changing one ends."""

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from mobilize.accounts import passwords
from mobilize.accounts.passwords import domain_labels, is_common, usable
from mobilize.core import db
from mobilize.core.db import session
from mobilize.core.errors import Refused
from mobilize.organisations.models import Organisation
from tests.accounts.browsing import PASSWORD, fill, forgotten, is_signed_in, log_in, token_on
from tests.accounts.conftest import OWNER
from tests.accounts.ledger_mail import mailed_links
from tests.staff import COOKIE

NEW = "four unrelated words here"


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "elevenchars",
        "x" * 201,
        "aaaaaaaaaaaa",
        "abababababab",
        "abcabcabcabc",
        "123456789012",
        "012345678901",
        "abcdefghijklm",
        "mlkjihgfedcba",
        "qwertyuiopas",
        "password1234",
        "P@ssw0rd2024!",
        "PasswordPassword",
        "motdepasse2026",
        "Wachtwoord!!!1",
        "Welcome-2026-!",
        "mobilize 2026!",
        "2026-11-22 10:00",
        "unbelievable",
        "Unbelievable1!",
        "1qaz2wsx3edc",
        "businessbabe",
        "owner-of-all-things",
        "0wner of all things",
        "the ex.am-ple of it",
        "example.org rules",
    ],
)
def test_a_password_that_anyone_would_try_is_refused(password):
    """Short, endless, repeated, a run of keys, a common word with digits, or the address itself."""
    with pytest.raises(Refused, match="password"):
        usable("password", password, OWNER)


@pytest.mark.parametrize("password", [PASSWORD, NEW, "Zt8#kq!vLm2x", "كلمات لا علاقة بينها", "élan vert du mardi"])
def test_a_few_words_or_random_characters_are_taken(password):
    """In any script."""
    assert usable("password", password, OWNER) == password


WORDS = ("City of Brussels", "brussels-city", *domain_labels("news.xn--bcher-kva.example"))


@pytest.mark.parametrize(
    "password",
    [
        "CityOfBrussels and more",
        "we are brussels city!",
        "bru$$el5-city is ours",
        "the bücher of winter",
        "newsreaders all of them",
    ],
)
def test_what_everybody_knows_of_the_organisation_is_no_password(password):
    """Its name, its short name, each label of its domain, whatever stands between the letters."""
    with pytest.raises(Refused, match="organisation"):
        usable("password", password, OWNER, WORDS)
    assert usable("password", password, OWNER) == password


def test_a_short_name_forbids_no_words_that_hold_it():
    """Three letters stand in too many."""
    assert usable("password", "nhc and other letters", OWNER, ("NHC", "nhc")) == "nhc and other letters"


def test_the_list_is_the_one_noted_and_comes_with_its_licence():
    """As other vendored files; all of it is as long as our passwords, and in the spelling that is compared."""
    folder = Path(passwords.__file__).parent / "vendor"
    (entry,) = json.loads((folder / "VENDOR.json").read_text())
    assert hashlib.sha256((folder / entry["file"]).read_bytes()).hexdigest() == entry["sha256"]
    assert entry["licence"] == "CC-BY-SA-3.0"
    assert "ShareAlike" in (folder / f"{entry['file']}.LICENSE").read_text()
    assert len(passwords._listed()) == 10_000
    assert all(len(one) >= passwords.SHORTEST and one == one.casefold() for one in passwords._listed())


NAMED = "zomerkamp in Ravelingen"


def test_the_pages_know_the_organisations_of_whom_they_ask(app, owner):
    """One's own page, the mailed link, the invitation and the command."""
    with db.writing():
        session.execute(update(Organisation).where(Organisation.slug == "house").values(names={"fr": "Ravelingen"}))
    forgotten(owner, OWNER)
    fill(owner, "/studio/house/settings/people", email="new@example.org", role="viewer", language="en")
    (reset,), (invitation,) = mailed_links("accounts/reset"), mailed_links("accounts/invitation")
    answers = [
        fill(owner, "/studio/account", "/studio/account/password", current=PASSWORD, new=NAMED),
        fill(app.test_client(), reset, password=NAMED),
        fill(app.test_client(), invitation, name="Nour", password=NAMED),
    ]
    assert [answer.status_code for answer in answers] == [422] * 3
    assert all("name of your organisation" in answer.text for answer in answers)


@given(st.text(max_size=200))
def test_looking_at_a_password_never_fails(password):
    """Whatever the characters."""
    assert is_common(password) in {True, False}


def test_one_password_typed_on_two_keyboards_is_one_password():
    """Composed and decomposed letters are the same."""
    assert passwords.matches(passwords.hashed("\u00e9t\u00e9 au bord du lac"), "e\u0301te\u0301 au bord du lac")


def test_a_new_password_ends_every_other_session(app, owner):
    """The browser that asked goes on under a new secret; the others are logged out, the old password is dead."""
    elsewhere = app.test_client()
    log_in(elsewhere, OWNER)
    before = owner.get_cookie(COOKIE).value
    answer = fill(owner, "/studio/account", "/studio/account/password", current=PASSWORD, new=NEW)
    assert answer.status_code == 303
    assert is_signed_in(owner)
    assert owner.get_cookie(COOKIE).value != before
    assert not is_signed_in(elsewhere)
    assert log_in(elsewhere, OWNER).status_code == 422
    assert log_in(elsewhere, OWNER, NEW).status_code == 303


def test_without_the_old_password_nothing_changes(app, owner):
    """Somebody at an unlocked screen cannot take the account."""
    elsewhere = app.test_client()
    log_in(elsewhere, OWNER)
    answer = fill(owner, "/studio/account", "/studio/account/password", current="wrong horse", new=NEW)
    assert answer.status_code == 422
    assert "This is not your password" in answer.text
    assert is_signed_in(elsewhere)
    assert log_in(app.test_client(), OWNER).status_code == 303


def test_a_token_of_one_session_serves_no_other(app, owner):
    """A form made for another login is refused."""
    elsewhere = app.test_client()
    log_in(elsewhere, OWNER)
    foreign = token_on(elsewhere, "/studio/account")
    answer = owner.post("/studio/account", data={"form_token": foreign, "name": "Planted", "language": "en"})
    assert answer.status_code == 422
    assert "Planted" not in owner.get("/studio/account").text
