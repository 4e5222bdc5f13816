"""On SQLite one writing transaction keeps everybody else from writing: nothing slow happens within one.

``tests.slow_work`` watches the whole suite; here is shown that it would notice, and that it sees each slow function on
the way that pages and commands take to it.
"""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import text

from mobilize.accounts import passwords
from mobilize.core import db
from mobilize.core.db import session
from mobilize.core.permissions import Role
from tests import slow_work
from tests.accounts.browsing import token_on
from tests.factories import make_organisation
from tests.media.test_pictures_page import upload
from tests.media.test_serving import drawing
from tests.staff import COOKIE, sign_in


@pytest.fixture(autouse=True)
def nothing_slow_in_a_writing_transaction() -> None:
    """Off: here it happens on purpose."""


def write_something() -> None:
    session.execute(text("UPDATE organisations SET slug = slug"))


def test_slow_work_beside_a_lock_would_be_noticed(app: Flask) -> None:
    """And neither before the first statement nor after the lock was let go."""
    with slow_work.noticed() as found, app.test_request_context(), db.writing():
        passwords.hashed("correct horse battery staple")
        session.execute(text("SELECT 1"))
        db.release()
        passwords.hashed("correct horse battery staple")
        assert found == []
        write_something()
        passwords.hashed("correct horse battery staple")
    assert [one.split(" ")[0] for one in found] == ["hash"]
    assert slow_work.writing_here() == set()


def test_set_ups_may_be_slow(app: Flask) -> None:
    """A test that makes a user in one unit with other rows is no page."""
    with slow_work.noticed() as found, db.writing():
        write_something()
        passwords.hashed("correct horse battery staple")
    assert found == []


@pytest.fixture
def pages(client: FlaskClient) -> str:
    """An owner's studio."""
    with db.writing():
        house = make_organisation(slug="house")
        client.set_cookie(COOKIE, sign_in(house.id, Role.OWNER))
    return "/studio/house"


def test_the_slow_pages_let_go_first(client: FlaskClient, pages: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A picture, a key, a password: each is worked on while others write, from another connection, without waiting."""
    worked: list[str] = []

    def beside(name: str) -> None:
        """Write from elsewhere in the middle of it; held up, this would fail with "database is locked"."""
        with db.engine().connect() as other:
            other.execute(text("UPDATE users SET language = language"))
            other.commit()
        worked.append(name)

    for owner, name in ((passwords._hasher.__class__, "verify"), (Image, "open"), *slow_work.SLOW[2:3]):
        slow = getattr(owner, name)
        monkeypatch.setattr(owner, name, lambda *a, _s=slow, _n=name, **k: (beside(_n), _s(*a, **k))[1])
    assert upload(client, f"{pages}/pictures/", drawing()).status_code == 303
    key = {"form_token": token_on(client, f"{pages}/settings/sending")}
    assert client.post(f"{pages}/settings/sending/keys", data=key).status_code == 303
    typed = {"current": "correct horse battery staple", "new": "another battery staple horse"}
    client.post("/studio/account/password", data={"form_token": token_on(client, "/studio/account"), **typed})
    assert {"open", "generate_private_key", "verify"} <= set(worked)
