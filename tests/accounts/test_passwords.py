"""Which passwords are taken, and what changing one ends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobilize.accounts import passwords
from mobilize.accounts.passwords import is_common, usable
from mobilize.core.errors import Refused
from tests.accounts.browsing import PASSWORD, fill, is_signed_in, log_in, token_on
from tests.accounts.conftest import OWNER
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
        "owner-of-all-things",
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
