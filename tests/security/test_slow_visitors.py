"""A visitor who sends a form byte by byte holds up nobody but themselves."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient

from mobilize.core import db
from mobilize.core.db import session
from mobilize.core.permissions import Role
from tests.factories import make_organisation
from tests.staff import COOKIE, sign_in


@dataclass
class Slow(io.RawIOBase):
    """A body that notes, whenever a piece of it is asked for, whether a transaction is open meanwhile."""

    body: bytes
    held: list[bool] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._rest = io.BytesIO(self.body)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        self.held.append(bool(session) and session.in_transaction())
        return self._rest.readinto(buffer)


def post_slowly(client: FlaskClient, path: str, **values: str) -> list[bool]:
    body = urlencode(values).encode()
    slow = Slow(body)
    form = "application/x-www-form-urlencoded"
    client.post(path, data=body, content_type=form, environ_overrides={"wsgi.input": slow})
    assert slow.held, "the body was never read"
    return slow.held


@pytest.mark.parametrize("path", ["/city/subscribe", "/studio/login", "/studio/forgotten", "/studio/city/people/"])
def test_no_lock_is_held_while_a_body_arrives(client: FlaskClient, path: str) -> None:
    """On SQLite there is one write lock for web and workers: whoever could hold it open would stop every mail."""
    with db.writing():
        house = make_organisation(slug="city")
        client.set_cookie(COOKIE, sign_in(house.id, Role.OWNER))
    assert not any(post_slowly(client, path, email="amina@example.org", address="amina@example.org"))


@pytest.mark.parametrize("body", ["email=" + "x" * 5_000_000, "a&" * 100_000], ids=["one field", "many fields"])
def test_a_body_that_is_too_large_is_refused_in_words(client: FlaskClient, body: str) -> None:
    """Before it is taken apart, which for millions of fields takes seconds and hundreds of megabytes."""
    form = "application/x-www-form-urlencoded"
    answer = client.post("/studio/login?lang=nl", data=body, content_type=form)
    assert answer.status_code == 413
    assert '<html lang="nl"' in answer.text


def test_a_form_of_many_fields_is_read(client: FlaskClient) -> None:
    """The limit is far from what pages of ours hold."""
    body = {"email": "nobody@example.org", **{f"field{number}": "x" for number in range(500)}}
    assert client.post("/studio/login", data=body).status_code == 422
