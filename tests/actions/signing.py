"""A visitor who signs a petition, and what is stored of it."""

from __future__ import annotations

from dataclasses import dataclass, fields

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from mobilize.actions.models import Act, ActOrigin
from mobilize.core import db
from mobilize.core.db import session
from tests.actions.conftest import PETITION
from tests.signup.visiting import answer_to, hidden, mails, press

PERSON = "amina@example.org"


def ask(client: FlaskClient, address: str = PERSON, *, path: str = PETITION, **typed: str) -> TestResponse:
    """Sign as a visitor whose browser runs scripts."""
    page = client.get(path).get_data(as_text=True)
    values = {"form_token": hidden(page, "form_token"), "proof": answer_to(page), "email": address, **typed}
    return client.post(path, data={"name": "Amina Benali", **values})


def sign(client: FlaskClient, address: str = PERSON, *, press_value: str = "act", **typed: str) -> None:
    """Ask, and press the button behind the link that is mailed."""
    assert ask(client, address, **typed).status_code == 303
    assert press(client, mails()[-1].links["action_url"], press=press_value).status_code == 303


@dataclass(frozen=True)
class Stored:
    """An act as it is stored, its sealed fields opened."""

    id: int
    recipient_id: int | None
    seat: int
    language: str
    origin: ActOrigin
    wording: str
    name: str
    place: str
    country: str


def acts() -> list[Stored]:
    """Every act, the oldest first."""
    with db.reading():
        rows = session.scalars(select(Act).order_by(Act.id))
        return [Stored(**{one.name: getattr(row, one.name) for one in fields(Stored)}) for row in rows]
