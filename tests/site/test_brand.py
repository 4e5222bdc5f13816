"""An organisation's colour reaches its pages as a style sheet."""

from __future__ import annotations

from flask.testing import FlaskClient

from mobilize.core import db
from tests.factories import make_organisation


def test_the_sheet_holds_the_organisations_colour(client: FlaskClient) -> None:
    """It is CSS, may be kept for a while, and needs no cookie."""
    with db.writing():
        make_organisation(slug="city", accent="#7c2d3a")
    answer = client.get("/city/brand.css")
    assert answer.status_code == 200
    assert answer.mimetype == "text/css"
    assert "--accent:#7c2d3a" in answer.text
    assert answer.cache_control.max_age == 300
    assert "Set-Cookie" not in answer.headers


def test_a_browser_that_has_it_gets_nothing_again(client: FlaskClient) -> None:
    """The second request names the first answer's mark and gets 304."""
    with db.writing():
        make_organisation(slug="city")
    mark = client.get("/city/brand.css").headers["ETag"]
    assert client.get("/city/brand.css", headers={"If-None-Match": mark}).status_code == 304


def test_an_unknown_organisation_has_no_sheet(client: FlaskClient) -> None:
    """A name that nobody has is not found."""
    assert client.get("/nobody/brand.css").status_code == 404
