"""A steward of one event: its list, its messages and its door, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from mobilize.accounts.colleagues import remove
from mobilize.accounts.models import Membership, User
from mobilize.core import db
from mobilize.core.audit import AuditEntry
from mobilize.core.db import session
from mobilize.core.permissions import Role
from mobilize.events.models import Event
from mobilize.events.queries import event_by_slug
from mobilize.events.registrations.models import EventSteward
from mobilize.events.registrations.service import FormFacts, change_form
from mobilize.events.service import delete_draft
from mobilize.organisations.queries import Brand
from tests.events.conftest import BEFORE
from tests.events.url_makers import make_event
from tests.factories import make_organisation
from tests.signup.visiting import hidden, press
from tests.staff import COOKIE, sign_in

LIST = "/studio/centre/calendar/partners/registrations"
PAGE = f"{LIST}/stewards"


@pytest.fixture(autouse=True)
def before_it() -> Iterator[None]:
    with time_machine.travel(BEFORE, tick=False):
        yield


@pytest.fixture
def owner(app: Flask, house: Brand, lecture: str) -> FlaskClient:
    client = app.test_client()
    with db.writing():
        change_form(event_by_slug(house.id, lecture), FormFacts(capacity=3))
        client.set_cookie(COOKIE, sign_in(house.id, Role.OWNER))
    return client


@pytest.fixture
def steward(app: Flask, house: Brand) -> FlaskClient:
    client = app.test_client()
    with db.writing():
        client.set_cookie(COOKIE, sign_in(house.id, Role.STEWARD))
    return client


def uid_of(role: Role) -> str:
    with db.reading():
        wanted = select(User.uid).join(Membership, Membership.user_id == User.id).where(Membership.role == role)
        return session.scalars(wanted).one()


def test_an_owner_names_a_steward_and_takes_it_back(owner: FlaskClient, steward: FlaskClient) -> None:
    """The log says so, without a name."""
    assert steward.get(LIST).status_code == 403
    assert press(owner, PAGE, steward=uid_of(Role.STEWARD)).status_code == 303
    page = steward.get(LIST)
    assert page.status_code == 200
    assert "Partners under Pressure" in page.text
    assert f"{LIST}/messages" in page.text
    assert f"{LIST}/door" in page.text
    for path in ("/export", "/questions", "/groups", "/form", "/stewards", "/add"):
        assert f"{LIST}{path}" not in page.text
    assert owner.post(f"{PAGE}/{uid_of(Role.STEWARD)}/dismiss", data=token_of(owner)).status_code == 303
    assert steward.get(LIST).status_code == 403
    with db.reading():
        found = session.scalars(select(AuditEntry.action).where(AuditEntry.action.like("steward.%"))).all()
    assert found == ["steward.named", "steward.dismissed"]


def token_of(client: FlaskClient) -> dict[str, str]:
    return {"form_token": hidden(client.get(PAGE).text, "form_token")}


def test_the_studio_of_a_steward_is_the_list_of_their_events(
    owner: FlaskClient, steward: FlaskClient, house: Brand
) -> None:
    """No other page is offered, and no other event opens."""
    home = steward.get("/studio/centre/", follow_redirects=True)
    assert "No event yet" in home.text
    press(owner, PAGE, steward=uid_of(Role.STEWARD))
    home = steward.get("/studio/centre/", follow_redirects=True)
    assert f'href="{LIST}"' in home.text
    for path in ("/mailings", "/search", "/people", "/settings"):
        assert f"/studio/centre{path}" not in home.text
    with db.writing():
        other = make_event(session.get_one(type(make_organisation()), house.id))
    assert steward.get(f"/studio/centre/calendar/{other}/registrations").status_code == 403
    assert steward.get("/studio/centre/calendar/partners").status_code == 403


def test_a_steward_works_at_the_door_and_writes(owner: FlaskClient, steward: FlaskClient) -> None:
    press(owner, PAGE, steward=uid_of(Role.STEWARD))
    assert press(steward, f"{LIST}/door", label="Main entrance").status_code == 303
    assert "/door/" in steward.get(f"{LIST}/door").text
    page = press(steward, f"{LIST}/messages/new", addressed="all", subjects_en="Room", texts_en="Another room.")
    assert (page.status_code, "Nobody is in this group" in page.text) == (200, True)


@pytest.mark.parametrize("role", [Role.OWNER, Role.CAMPAIGNER])
def test_whose_role_opens_it_anyway_is_not_offered(owner: FlaskClient, house: Brand, role: Role) -> None:
    with db.writing():
        sign_in(house.id, Role.CAMPAIGNER)
        uid = session.scalars(select(User.uid).join(Membership).where(Membership.role == role)).first()
    answer = owner.post(PAGE, data={**token_of(owner), "steward": uid or ""})
    assert answer.status_code == 422


def test_a_colleague_of_another_organisation_is_refused(owner: FlaskClient) -> None:
    with db.writing():
        sign_in(make_organisation().id, Role.VIEWER)
    answer = owner.post(PAGE, data={**token_of(owner), "steward": uid_of(Role.VIEWER)})
    assert answer.status_code == 422


def test_it_ends_with_the_membership_and_with_the_event(owner: FlaskClient, steward: FlaskClient, house: Brand) -> None:
    """Nothing stays of it, so that whoever comes back later sees nothing by it."""
    press(owner, PAGE, steward=uid_of(Role.STEWARD))
    with db.writing():
        remove(house.id, uid_of_open(Role.STEWARD))
    assert steward.get(LIST).status_code == 404
    assert rows() == 0
    with db.writing():
        sign_in(house.id, Role.VIEWER)
    press(owner, PAGE, steward=uid_of(Role.VIEWER))
    with db.writing():
        event = event_by_slug(house.id, "partners")
        event.published_at = None
        session.flush()
        for one in ("registration_forms",):
            session.execute(db.Base.metadata.tables[one].delete())
        delete_draft(session.get_one(Event, event.id))
    assert rows() == 0


def uid_of_open(role: Role) -> str:
    """As ``uid_of``, inside a unit that is open."""
    wanted = select(User.uid).join(Membership, Membership.user_id == User.id).where(Membership.role == role)
    return session.scalars(wanted).one()


def rows() -> int:
    with db.reading():
        return len(session.scalars(select(EventSteward.id)).all())
