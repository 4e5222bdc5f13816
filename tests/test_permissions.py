"""Every staff route, for every role, for strangers and for nobody.

The routes come from the application itself: a new one is covered as soon as it exists. A URL parameter that nobody
told this test how to fill fails it: add a maker to ``MAKERS`` in ``tests/<feature>/url_makers.py``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import pytest
from flask import Flask, g
from sqlalchemy import select
from werkzeug.routing import Rule

from mobilize.accounts import sessions
from mobilize.accounts.models import Membership
from mobilize.core import clock, db
from mobilize.core.db import Base, session
from mobilize.core.forms import Form
from mobilize.core.permissions import Access, Role, declared, granted, undeclared_routes
from mobilize.core.tokens import purposes
from mobilize.events.models import Event
from mobilize.events.registrations.models import EventSteward
from mobilize.events.stewards import MAY
from mobilize.features import FEATURES
from mobilize.organisations.models import Organisation
from tests.factories import make_organisation
from tests.staff import COOKIE, sign_in

# A maker puts a row into an organisation (inside a writing unit) and returns what stands for it in a URL. The key is
# the parameter's name, or "endpoint:name" where one name means different things.
Maker = Callable[[Organisation], str]
ROOT = Path(__file__).resolve().parent.parent


def makers() -> dict[str, Maker]:
    """What ``tests/<feature>/url_makers.py`` of each feature knows how to fill."""
    found: dict[str, Maker] = {}
    for one in FEATURES:
        name = f"tests.{one.name}.url_makers"
        if (ROOT / f"tests/{one.name}/url_makers.py").exists():
            found |= import_module(name).MAKERS
    return found


MAKERS = makers()

# What anyone may open below /studio/: it has to be possible to sign in.
PUBLIC_IN_STUDIO = {"accounts.login", "accounts.forgotten", "accounts.reset", "accounts.invitation"}


@dataclass(frozen=True)
class Route:
    """One staff route and method."""

    rule: Rule
    method: str
    wanted: Access | str

    @property
    def names_organisation(self) -> bool:
        return "org" in self.rule.arguments

    def __str__(self) -> str:
        return f"{self.method} {self.rule.rule} ({self.rule.endpoint})"


@dataclass(frozen=True)
class Staff:
    """Two organisations, and the cookies of who works where."""

    own_id: int
    other_id: int
    cookies: dict[Role, str]
    stranger: str


def staff_routes(app: Flask) -> list[Route]:
    found = []
    for rule in app.url_map.iter_rules():
        wanted = None if rule.endpoint == "static" else declared(app.view_functions[rule.endpoint])
        if wanted is Access.SIGNED_IN or wanted in granted(Role.OWNER):
            found += [Route(rule, method, wanted) for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})]
    return found


@pytest.fixture
def staff(app: Flask) -> Staff:
    with db.writing():
        own, other = make_organisation(slug="own"), make_organisation(slug="other")
        cookies = {role: sign_in(own.id, role) for role in Role}
        return Staff(own.id, other.id, cookies, sign_in(other.id, Role.OWNER))


def filled(route: Route, house: str, rows_of: str) -> str:
    """The route's URL under the slug ``house`` with fresh rows of the organisation ``rows_of``."""
    with db.writing():
        owner = session.scalars(select(Organisation).where(Organisation.slug == rows_of)).one()
        values = {name: maker(route, name)(owner) for name in sorted(route.rule.arguments - {"org"})}
    if route.names_organisation:
        values["org"] = house
    path = route.rule.build(values, append_unknown=False)
    assert path is not None, f"{route}: a maker returned what its URL does not take"
    return path[1]


def maker(route: Route, name: str) -> Maker:
    found = MAKERS.get(f"{route.rule.endpoint}:{name}") or MAKERS.get(name)
    if found is None:
        pytest.fail(
            f"{route}: nobody told this test how to fill <{name}>. Write a function that adds a row to the "
            f"organisation it is given and returns its part of the URL, and put it into MAKERS of "
            f"tests/<feature>/url_makers.py under {name!r} or '{route.rule.endpoint}:{name}'."
        )
    return found


def ask(app: Flask, route: Route, path: str, cookie: str | None) -> tuple[int, str]:
    """Status and place of the answer; posts carry a form token that is valid for this cookie, and nothing else."""
    client = app.test_client()
    data = {}
    if cookie:
        client.set_cookie(COOKIE, cookie)
        data = {"form_token": form_token(app, path, cookie)}
    answer = client.open(path, method=route.method, data=data if route.method != "GET" else None)
    return answer.status_code, answer.location or ""


def form_token(app: Flask, path: str, cookie: str) -> str:
    with app.test_request_context(path):
        g.session_key = hashlib.sha256(cookie.encode()).hexdigest()
        token: str = Form(formdata=None).form_token.current_token
        return token


def everything() -> dict[str, list[tuple[object, ...]]]:
    """The whole database."""
    with db.reading():
        return {
            table.name: [tuple(row) for row in session.execute(select(table).order_by(*table.primary_key))]
            for table in Base.metadata.sorted_tables
        }


def with_organisation(app: Flask) -> Iterator[Route]:
    return (route for route in staff_routes(app) if route.names_organisation)


def test_every_route_declares_who_may_open_it(app):
    """A view without a declaration is nobody's decision."""
    assert undeclared_routes(app) == []


def test_the_studio_is_closed_but_for_its_doors(app):
    """Below /studio/ only the pages through which one signs in are public."""
    public = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/studio") and declared(app.view_functions[rule.endpoint]) is Access.PUBLIC
    }
    assert public == PUBLIC_IN_STUDIO


def test_a_permission_needs_an_organisation_in_the_url(app):
    """Without one, the guard would not know where the role has to hold."""
    lost = [str(route) for route in staff_routes(app) if isinstance(route.wanted, str) != route.names_organisation]
    assert lost == []


def test_what_no_role_of_a_colleague_opens_is_opened_by_a_link(app):
    """Its URL is the path of a purpose and the token; the role of that purpose includes the permission."""
    for rule in app.url_map.iter_rules():
        wanted = None if rule.endpoint == "static" else declared(app.view_functions[rule.endpoint])
        if isinstance(wanted, str) and wanted not in granted(Role.OWNER):
            found = [one for one in purposes(FEATURES).values() if rule.rule == f"{one.path}<token>" and one.role]
            assert found, rule
            assert all(wanted in granted(one.role) for one in found), rule


def test_no_change_is_granted_to_viewers(app):
    """Whatever is not a GET needs a permission that viewers do not have (one's own account aside)."""
    open_to_viewers = [
        str(route) for route in with_organisation(app) if route.method != "GET" and route.wanted in granted(Role.VIEWER)
    ]
    assert open_to_viewers == []


@pytest.mark.parametrize("role", list(Role))
def test_a_role_opens_what_it_includes_and_nothing_else(app, staff, role):
    """403 where the role does not include the permission; a page or a form's own answer where it does."""
    wrong = {}
    for route in with_organisation(app):
        status, _place = ask(app, route, filled(route, "own", rows_of="own"), renewed(staff, role))
        may = route.wanted in granted(role)
        if (status == 403) is may or (may and (status == 404 or status >= 500)):
            wrong[str(route)] = status
    assert wrong == {}


def test_a_steward_reaches_their_event_s_list_messages_and_door(app, staff):
    """And nothing else of it; of another event, nothing at all (as the role alone is tested above)."""
    with db.reading():
        user_id = session.scalars(select(Membership.user_id).where(Membership.role == Role.STEWARD)).one()
    opened, wrong = set(), {}
    for route in with_organisation(app):
        path = filled(route, "own", rows_of="own")
        if "event_slug" in route.rule.arguments:
            see_to_the_newest_event(user_id)
        status, _place = ask(app, route, path, renewed(staff, Role.STEWARD))
        may = route.wanted in granted(Role.STEWARD) or ("event_slug" in route.rule.arguments and route.wanted in MAY)
        if (status == 403) is may or (may and (status == 404 or status >= 500)):
            wrong[str(route)] = status
        if may:
            opened.add(route.rule.endpoint.partition(".")[0])
    assert wrong == {}
    assert opened == {"registrations", "waiting_list", "registrant_messages", "doors", "stewards", "studio"}


def see_to_the_newest_event(user_id: int) -> None:
    with db.writing():
        event_id = session.scalars(select(Event.id).order_by(Event.id.desc())).first()
        place = session.scalars(select(Membership.id).where(Membership.user_id == user_id)).one()
        session.add(EventSteward(event_id=event_id, membership_id=place, created_at=clock.now()))


def test_members_of_another_organisation_find_nothing(app, staff):
    """Its owner gets 404 on every page of ours, and nothing changes."""
    visits = [Visit(route, "own", "own") for route in with_organisation(app)]
    assert wrongly_answered(app, visits, staff.stranger, lambda _route, status, _place: status == 404) == {}


def test_rows_of_another_organisation_do_not_open_under_ones_own(app, staff):
    """Its ids in our URL are not found (or the form is refused before anyone looks), and nothing changes."""
    visits = [Visit(route, "own", "other") for route in with_organisation(app) if route.rule.arguments - {"org"}]

    def is_refused(route: Route, status: int, _place: str) -> bool:
        return status in ({404} if route.method == "GET" else {404, 422})

    assert wrongly_answered(app, visits, staff.cookies[Role.OWNER], is_refused) == {}


def test_nobody_is_sent_to_the_login(app, staff):
    """Without a session every staff page leads to the login, which leads back; nothing changes."""
    visits = [Visit(route, "own", "own") for route in staff_routes(app)]

    def is_sent(_route: Route, status: int, place: str) -> bool:
        return status == 303 and place.startswith("/studio/login?next=")

    assert wrongly_answered(app, visits, None, is_sent) == {}


@dataclass(frozen=True)
class Visit:
    """A route under the slug ``house``, for rows of the organisation ``rows_of``."""

    route: Route
    house: str
    rows_of: str

    def path(self) -> str:
        """Its address, with fresh rows."""
        return filled(self.route, self.house, self.rows_of)


Judge = Callable[[Route, int, str], bool]


def wrongly_answered(app: Flask, visits: list[Visit], cookie: str | None, is_right: Judge) -> dict[str, object]:
    """The routes whose answer is not the right one, or that change the database.

    To read the whole of it after each route takes long. So it is compared once, with the rows of all routes in it;
    only where something changed, it is asked anew which routes do that.
    """
    paths = [(visit, visit.path()) for visit in visits]
    before = everything()
    answers = [(visit.route, ask(app, visit.route, path, cookie)) for visit, path in paths]
    wrong: dict[str, object] = {str(route): answer for route, answer in answers if not is_right(route, *answer)}
    if everything() != before:
        wrong["changing"] = [str(visit.route) for visit in visits if changes_something(app, visit, cookie)]
    return wrong


def changes_something(app: Flask, visit: Visit, cookie: str | None) -> bool:
    path = visit.path()
    before = everything()
    ask(app, visit.route, path, cookie)
    return everything() != before


def renewed(staff: Staff, role: Role) -> str:
    """The cookie of this role; a new one where an earlier route ended the session."""
    with db.reading():
        alive = sessions.signed_in(staff.cookies[role], clock.now())
    if alive is None:
        with db.writing():
            staff.cookies[role] = sign_in(staff.own_id, role)
    return staff.cookies[role]
