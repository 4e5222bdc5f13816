"""The studio speaks the language that a member of staff chose, on every page from then on."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from mobilize.core import db
from tests.factories import make_organisation
from tests.staff import COOKIE, sign_in


@pytest.fixture
def token(client: FlaskClient) -> str:
    """The token of the forms on a page of a signed-in member."""
    with db.writing():
        client.set_cookie(COOKIE, sign_in(make_organisation(slug="city").id))
    found = re.search(r'name="form_token"[^>]*value="([^"]+)"', client.get("/studio/city/").text)
    assert found
    return found[1]


def test_a_choice_stays(client: FlaskClient, token: str) -> None:
    """One press changes this page and the ones after it, and leads back to where one was."""
    answer = client.post("/studio/language", data={"form_token": token, "language": "ar", "here": "/studio/city/"})
    assert (answer.status_code, answer.location) == (303, "/studio/city/")
    assert '<html lang="ar" dir="rtl">' in client.get("/studio/city/").text


def test_a_language_that_the_studio_does_not_speak_is_refused(client: FlaskClient, token: str) -> None:
    """Nothing changes."""
    data = {"form_token": token, "language": "xx", "here": "/studio/city/"}
    assert client.post("/studio/language", data=data).status_code == 422
    assert '<html lang="en"' in client.get("/studio/city/").text


def test_another_site_cannot_choose(client: FlaskClient, token: str) -> None:
    """Without the token of a page of ours nothing changes, and nobody is led away."""
    assert client.post("/studio/language", data={"language": "ar"}).status_code == 403
    data = {"form_token": token, "language": "fr", "here": "https://example.net/"}
    assert client.post("/studio/language", data=data).location == "/studio/"
