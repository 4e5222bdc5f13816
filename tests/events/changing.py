"""Changing an event through its pages: read the list of what it does, then press."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.signup.visiting import hidden, press


def change_event(client: FlaskClient, path: str, **fields: Any) -> TestResponse:
    """The answer to the press on the list that the first press shows; a refusal of the first press as it is."""
    answer = press(client, path, **fields)
    while answer.status_code == 200 and 'name="seen"' in answer.text:
        without = {"without": "yes"} if 'name="without"' in answer.text else {}
        answer = press(client, path, **fields, **without, seen=hidden(answer.text, "seen"))
    return answer
