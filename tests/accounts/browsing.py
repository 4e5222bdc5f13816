"""A visitor who fills in forms the way a browser does, token included."""

from __future__ import annotations

import re
from html import unescape

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from mobilize.accounts.tick_steps import send_requested_mails
from mobilize.core import clock

PASSWORD = "correct horse battery staple"
_TOKEN = re.compile(r'name="form_token"[^>]*value="([^"]+)"')


def token_on(client: FlaskClient, page: str) -> str:
    """The form token on a page."""
    found = _TOKEN.search(client.get(page).get_data(as_text=True))
    assert found is not None, f"no form on {page}"
    return unescape(found[1])


def fill(client: FlaskClient, page: str, post_to: str = "", **fields: str) -> TestResponse:
    """Open ``page`` and post its form (to another path, if given)."""
    return client.post(post_to or page, data={"form_token": token_on(client, page), **fields})


def log_in(client: FlaskClient, address: str, password: str = PASSWORD) -> TestResponse:
    return fill(client, "/studio/login", email=address, password=password)


def forgotten(client: FlaskClient, address: str) -> TestResponse:
    """Ask for a link for a new password, and let the clock answer."""
    answer = fill(client, "/studio/forgotten", email=address)
    send_requested_mails(clock.now(), client.application.config["SETTINGS"])
    return answer


def is_signed_in(client: FlaskClient) -> bool:
    return client.get("/studio/account").status_code == 200
