"""Every page that can be opened, at addresses that nobody would type: no fault of ours."""

from __future__ import annotations

import re
from itertools import cycle
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

import mobilize
from mobilize.core import db
from mobilize.core.db import session
from mobilize.core.permissions import Role
from mobilize.core.tokens import mint
from mobilize.delivery.purposes import UNSUBSCRIBE
from mobilize.events.door.purposes import DOOR
from mobilize.organisations.models import Organisation
from tests.events.url_makers import make_event
from tests.security.test_bodies import NASTY
from tests.staff import COOKIE
from tests.test_permissions import Staff as Staff
from tests.test_permissions import filled, staff_routes
from tests.test_permissions import staff as staff

_READ = re.compile(r"(?:request\.args(?:\.get\(|\[)|query\.get\()\"(\w+)\"")
PARAMETERS = sorted(
    {name for path in Path(mobilize.__file__).parent.rglob("*.py") for name in _READ.findall(path.read_text("utf-8"))}
)
"""The names of all parameters that a view reads."""


ODD = ("\0", "9" * 400, "²")
"""Of what nobody would type, that which a number, a text of PostgreSQL or a date could fail at."""


def public_rules(app: Flask) -> list[Rule]:
    inside = {route.rule.endpoint for route in staff_routes(app)}
    every = app.url_map.iter_rules()
    return [one for one in every if "GET" in (one.methods or ()) and one.endpoint not in {*inside, "static"}]


def public_path(rule: Rule, event: str) -> str:
    values = {"org": "own", "event_slug": event, "form": "newsletter", "number": 1}
    built = rule.build({name: values.get(name, "word") for name in rule.arguments}, append_unknown=False)
    assert built is not None
    return built[1]


@pytest.fixture
def paths(app: Flask, staff: Staff) -> list[str]:
    """A path of every page, staff and public."""
    with db.writing():
        event = make_event(session.get_one(Organisation, staff.own_id))
    inside = [filled(one, "own", rows_of="own") for one in staff_routes(app) if one.method == "GET"]
    return [*inside, *(public_path(rule, event) for rule in public_rules(app))]


@pytest.fixture
def owner(app: Flask, staff: Staff) -> FlaskClient:
    client = app.test_client()
    client.set_cookie(COOKIE, staff.cookies[Role.OWNER])
    return client


def status(client: FlaskClient, path: str) -> int:
    with client.get(path) as answer:
        return answer.status_code


def test_odd_parameters_are_no_fault_of_ours(owner: FlaskClient, paths: list[str]) -> None:
    assert {"after", "month", "before", "lang", "state"} <= set(PARAMETERS)
    odd = dict.fromkeys(PARAMETERS, "\0"), dict(zip(PARAMETERS, cycle(ODD[1:]), strict=False))
    asked = [f"{path}?{urlencode(query)}" for path in paths for query in odd]
    assert [one for one in asked if status(owner, one) == 500] == []


def test_odd_parts_of_a_path_are_no_fault_of_ours(owner: FlaskClient, paths: list[str]) -> None:
    """The last part, as an address of a row that does not exist; PostgreSQL takes no NUL in a text."""
    wrong = {}
    for path in paths:
        for nasty in ODD:
            odd = f"{path.rstrip('/').rpartition('/')[0]}/{quote(nasty)}"
            if (found := status(owner, odd)) == 500:
                wrong[odd[:60]] = found
    assert wrong == {}


@pytest.mark.parametrize("path", ["/u/{}", "/door/{}"])
def test_odd_tokens_are_refused(owner: FlaskClient, path: str) -> None:
    token = mint(UNSUBSCRIBE if path == "/u/{}" else DOOR, 1, 2)
    for odd in (f"{token}\0", f"\0{token}", *NASTY):
        assert status(owner, path.format(quote(odd, errors="replace"))) in {400, 404}


@pytest.mark.parametrize("path", ["//example.net/a/b/c/d", "/\\example.net/a/b/c/d"])
def test_no_page_of_ours_links_to_another_site(client: FlaskClient, path: str) -> None:
    """The page that says that nothing is here, in other languages: a browser reads // and /\\ as another host."""
    page = client.get(environ_overrides={"PATH_INFO": path}).text
    assert "lang=fr" in page
    assert "example.net" not in page
