"""A visitor who signs up: opens the page, works on its challenge like the page's script, posts, reads the mail."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from html import unescape
from typing import Any

from altcha import Challenge, Payload, solve_challenge
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from mobilize.core import db, links
from mobilize.core.db import session
from mobilize.delivery.models import Content, Delivery, Message
from mobilize.delivery.personal import open_facts

PAGE = "/city/subscribe"
PERSON = "amina@example.org"


@dataclass(frozen=True)
class Mail:
    """A mail in the ledger: its template, facts, and the paths of its personal links."""

    template: str
    language: str
    facts: dict[str, str]
    links: dict[str, str]


def hidden(page: str, name: str) -> str:
    """The value of a hidden field on a page."""
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    assert found is not None, f"no field {name}"
    return unescape(found[1])


def answer_to(page: str) -> str:
    """What the page's script would find."""
    found = re.search(r'data-challenge="([^"]+)"', page)
    assert found is not None, "no challenge"
    challenge = Challenge.from_dict(json.loads(unescape(found[1])))
    solution = solve_challenge(challenge)
    assert solution is not None
    return Payload(challenge, solution).to_base64()


def fill_in(
    client: FlaskClient, path: str = PAGE, *, client_address: str = "198.51.100.7", **fields: Any
) -> TestResponse:
    """Open the form, work on its challenge (unless ``proof`` is given), and post it."""
    page = client.get(path).get_data(as_text=True)
    values = {
        "form_token": hidden(page, "form_token"),
        "wording": hidden(page, "wording"),
        "email": PERSON,
        **({} if "proof" in fields else {"proof": answer_to(page)}),
        **fields,
    }
    return client.post(path, data=values, environ_overrides={"REMOTE_ADDR": client_address})


def press(client: FlaskClient, path: str, **fields: str) -> TestResponse:
    """Open a page and press its button."""
    page = client.get(path).get_data(as_text=True)
    return client.post(path, data={"form_token": hidden(page, "form_token"), **fields})


def mails() -> list[Mail]:
    """Every mail in the ledger, the oldest first, with the links that rendering would make."""
    wanted = (
        select(Message.uid, Delivery.facts_sealed, Content.source)
        .join(Delivery, Delivery.message_id == Message.id)
        .join(Content, Content.id == Delivery.content_id)
        .where(Delivery.facts_sealed.is_not(None))
        .order_by(Delivery.id)
    )
    with db.reading():
        return [_mail(*row) for row in session.execute(wanted)]


def newest(template: str) -> Mail:
    return [mail for mail in mails() if mail.template == template][-1]


def count(model: Any) -> int:
    with db.reading():
        return session.scalar(select(func.count()).select_from(model)) or 0


def _mail(uid: str, sealed: bytes, source: dict[str, Any]) -> Mail:
    personal = open_facts(uid, sealed)
    paths = {
        name: links.token_url(link.purpose, *link.ids).removeprefix(links.absolute(""))
        for name, link in personal.links.items()
    }
    return Mail(source["template"], source["language"], dict(personal.facts), paths)
