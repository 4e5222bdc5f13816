"""Every route that takes a body, with bodies of every kind: no fault of ours, and no lock held while one is read."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse
from wtforms.fields.core import UnboundField

from mobilize.actions.purposes import ACT
from mobilize.actions.service import Facts, create_action, publish
from mobilize.core import bodies, db
from mobilize.core.bodies import SAFE_METHODS, URLENCODED
from mobilize.core.db import session
from mobilize.core.forms import Form
from mobilize.core.permissions import Role
from mobilize.core.tokens import mint
from mobilize.delivery.purposes import UNSUBSCRIBE
from mobilize.events.registrations.models import Registration
from mobilize.events.registrations.purposes import OWN
from mobilize.organisations.models import Organisation
from mobilize.signup.service import FormFacts, create_form
from mobilize.subscribers.purposes import PREFERENCES
from tests.crowd import make_list, make_people
from tests.events.url_makers import make_event, make_registration
from tests.factories import make_organisation
from tests.security.test_slow_visitors import Slow
from tests.staff import COOKIE
from tests.test_permissions import Route, filled, form_token, renewed, staff_routes
from tests.test_permissions import Staff as Staff
from tests.test_permissions import staff as staff

DEEP = "[" * 100_000 + "]" * 100_000
JSON = [b"{}", b"[]", b"1", b'"x"', b"null", b'{"form_token": {}}', b'{"email": ["a"]}', b"\xff", DEEP.encode()]
OTHERS = {
    "application/json": JSON,
    "application/vnd.api+json": JSON,
    "text/plain": [b"email=a", b"\0"],
    "application/xml": [b"<a/>"],
    "application/octet-stream": [b"\0\xff"],
    "nonsense": [b"x"],
    "": [b"email=a"],
}
BROKEN = {
    "multipart/form-data": [b"", b"--x\r\n"],
    "multipart/form-data; boundary=": [b"x"],
    "multipart/form-data; boundary=x": [
        b"--x",
        b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xff\r\n--x--\r\n',
    ],
    f"{URLENCODED}; charset=utf-7": [b"a=%00", b"%ff=%ff", b"&&&=&", b"form_token=%00.%00"],
}


@dataclass(frozen=True)
class Target:
    """A path that takes bodies, and the cookie of who may open it."""

    path: str
    method: str
    cookie: str | None


def taking_bodies(app: Flask) -> list[tuple[Rule, str]]:
    return [
        (rule, method)
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - SAFE_METHODS)
        if rule.endpoint != "static"
    ]


Targets = Callable[[], list[Target]]

PUBLIC = ("org", "form", "event_slug", "action_slug", "token")
"""The parameters of public routes that ``targets`` knows how to fill."""


@dataclass(frozen=True)
class Reader:
    """Somebody on a list, whose links open pages."""

    recipient_id: int
    list_id: int
    registration_id: int
    call_id: int

    def token_for(self, path: str) -> str:
        if path == f"{ACT.path}<token>":
            return mint(ACT, self.recipient_id, self.call_id)
        if path.startswith(OWN.path):
            return mint(OWN, self.registration_id)
        if path.startswith("/u/"):
            return mint(UNSUBSCRIBE, self.recipient_id, self.list_id)
        return mint(PREFERENCES, self.recipient_id)


@pytest.fixture
def targets(app: Flask, staff: Staff) -> Targets:
    """Gives each of them with fresh rows; public ones with a form, an event, a petition and links that open."""
    with db.writing():
        house = session.get_one(Organisation, staff.own_id)
        news = make_list(house, "news")
        create_form(house.id, "newsletter", FormFacts({"en": "I agree"}, [news.id], {"en": "Letters"}))
        event = make_event(house)
        registration = session.scalars(select(Registration).where(Registration.uid == make_registration(house))).one()
        call = create_action(house.id, "petition", Facts({"en": "A petition"}, asks={"en": "Please."}))
        publish(call)
        reader = Reader(make_people(house, 1, [news])[0], news.id, registration.id, call.id)

    def fresh() -> list[Target]:
        inside = {(route.rule.rule, route.method): route for route in staff_routes(app)}
        return [target(rule, method, inside.get((rule.rule, method))) for rule, method in taking_bodies(app)]

    def target(rule: Rule, method: str, route: Route | None) -> Target:
        if route is not None:
            return Target(filled(route, "own", rows_of="own"), method, renewed(staff, Role.OWNER))
        values = dict(zip(PUBLIC, ("own", "newsletter", event, "petition", reader.token_for(rule.rule)), strict=True))
        built = rule.build(values)
        assert built is not None, f"nobody told this test how to fill {rule}"
        return Target(built[1], method, None)

    return fresh


def token_of(app: Flask, to: Target) -> str:
    """A form token that is valid for this path, or for this session."""
    if to.cookie:
        return form_token(app, to.path, to.cookie)
    with app.test_request_context(to.path):
        token: str = Form(formdata=None).form_token.current_token
        return token


def send(app: Flask, to: Target, body: bytes, kind: str) -> TestResponse:
    client = app.test_client()
    if to.cookie:
        client.set_cookie(COOKIE, to.cookie)
    return client.open(to.path, method=to.method, data=body, headers={"Content-Type": kind} if kind else {})


def test_other_kinds_than_forms_are_refused(app: Flask, targets: Targets) -> None:
    """415 for each route and kind, before anybody asks who is there."""
    wrong = {}
    for to in targets():
        for kind, samples in OTHERS.items():
            for body in samples if to.path.startswith(("/studio/login", "/own/")) else samples[:1]:
                if (status := send(app, to, body, kind).status_code) != 415:
                    wrong[to.method, to.path, kind, body[:20]] = status
    assert wrong == {}


def test_broken_forms_are_no_fault_of_ours(app: Flask, targets: Targets) -> None:
    """No 500 for what claims to be a form and is none."""
    wrong = {}
    for to in targets():
        for kind, samples in BROKEN.items():
            for body in samples:
                if (status := send(app, to, body, kind).status_code) >= 500:
                    wrong[to.method, to.path, kind, body[:20]] = status
    assert wrong == {}


NASTY = (
    "\0",
    "a\0b",
    "\u202e",
    "\ud7ff\U0010ffff",
    "9" * 400,
    "-1",
    "1e999",
    "٣",
    "²",
    "2026-02-30T99:99",
    "{{7*7}}",
    "[]",
)
SENSIBLE = {"mail": "amina@example.org", "url": "https://example.org/", "language": "en", "slug": "words", "port": "25"}
VALUES = st.one_of(st.sampled_from(NASTY), st.text(max_size=30))


def typed(name: str, nasty: str) -> str:
    """Most fields hold what a form accepts, so that what the others hold gets far."""
    return nasty or next((value for part, value in SENSIBLE.items() if part in name), "Plain words")


LOOSE = (
    *("lists", "block", "press", "undo", "to", "here", "step", "language", "altcha", "List-Unsubscribe"),
    *("campaign", "act", "set", "seen", "once", "copy", "choice", "kind", "which"),
)
"""Fields that views read without a form class."""


def fields_of_forms(form: type[Form] = Form) -> set[str]:
    """The names of the fields of every form class that is loaded."""
    own = {name for name in dir(form) if isinstance(getattr(form, name), UnboundField)}
    return own.union(*map(fields_of_forms, form.__subclasses__()))


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(choose=st.data())
def test_whatever_stands_in_a_form_is_no_fault_of_ours(app: Flask, targets: Targets, choose: st.DataObject) -> None:
    """A valid token, and every field that a form of ours has with something nobody would type."""
    names = sorted(fields_of_forms().union(LOOSE))
    holds = {name: typed(name, choose.draw(st.one_of(st.just(""), st.just(""), VALUES))) for name in names}
    assert len(names) > 30
    wrong = {}
    for to in targets():
        fields = {**holds, "form_token": token_of(app, to)}
        body = urlencode(fields, errors="surrogatepass").encode()
        if (status := send(app, to, body, URLENCODED).status_code) >= 500:
            wrong[to.method, to.path] = (status, fields)
    assert wrong == {}


def test_no_lock_is_held_while_any_body_arrives(app: Flask, targets: Targets) -> None:
    """Read and parsed before the first statement, on every route."""
    held = {}
    for to in targets():
        client, slow = app.test_client(), Slow(b"email=amina%40example.org")
        if to.cookie:
            client.set_cookie(COOKIE, to.cookie)
        client.open(to.path, method=to.method, data=slow.body, content_type=URLENCODED,
                    environ_overrides={"wsgi.input": slow})  # fmt: skip
        if any(slow.held) or not slow.held:
            held[to.method, to.path] = slow.held
    assert held == {}


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "PER_CLIENT", "4 per minute")


def test_a_client_is_counted_before_its_body_is_read(client: FlaskClient, few: None) -> None:
    """By size: nothing of the body that is too much is read."""
    form = {"content_type": URLENCODED}
    assert client.post("/studio/login", data=b"a=" + b"x" * 3 * bodies.PORTION, **form).status_code == 422
    slow = Slow(b"email=a")
    answer = client.post("/studio/login", data=slow.body, environ_overrides={"wsgi.input": slow}, **form)
    assert (answer.status_code, slow.held) == (429, [])
    assert answer.headers["Retry-After"] == "60"


def test_a_body_without_a_size_counts_as_the_largest(client: FlaskClient, few: None) -> None:
    """Chunks may go on for as long as they are allowed to."""
    chunked = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
    answer = client.post("/studio/login", content_type=URLENCODED, environ_overrides=chunked)
    assert answer.status_code == 429


def test_no_body_needs_no_type(client: FlaskClient) -> None:
    """A button without fields, and one-click unsubscribing by programs that send none."""
    assert client.post("/studio/login").status_code == 422


def test_json_is_refused_in_words(client: FlaskClient) -> None:
    """In the reader's language; to programs as JSON."""
    with db.writing():
        make_organisation(slug="own")
    page = client.post("/own/subscribe?lang=fr", json={"email": "a@example.org"})
    assert (page.status_code, '<html lang="fr"' in page.text) == (415, True)
    answer = client.post("/own/subscribe", json={}, headers={"Accept": "application/json"})
    assert json.loads(answer.data)["status"] == 415
