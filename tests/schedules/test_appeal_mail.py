"""Mail tied to an appeal: the appeal itself, reminders to those who have not acted, nothing after its end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from mobilize.actions.acting import Given
from mobilize.actions.acts import act_from_mail, held_call
from mobilize.actions.queries import action_by_slug
from mobilize.actions.service import Facts, create_action, publish
from mobilize.appeals.appeal import changes as appeal_changes
from mobilize.appeals.appeal import queries, service
from mobilize.appeals.appeal.rules import Outcome
from mobilize.core import clock, db, feature
from mobilize.core.db import session
from mobilize.core.effects import PlannedChange
from mobilize.core.permissions import Role
from mobilize.delivery.models import Delivery, DeliveryState
from mobilize.mailings.launch import launch_due
from mobilize.mailings.models import Mailing, MailingState
from mobilize.organisations.queries import Brand, brand
from mobilize.schedules import changes, firing
from mobilize.schedules.models import Occurrence, Rule
from tests.appeals.writing import WRITER, approve, make_draft
from tests.crowd import make_list, make_people
from tests.factories import make_organisation
from tests.signup.visiting import hidden
from tests.staff import COOKIE, sign_in

PUBLISHED = datetime(2024, 3, 1, 9, tzinfo=UTC)
MAIL = "/studio/city/appeals/{}/mail"


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(PUBLISHED):
        yield


@pytest.fixture
def house(installation: object) -> Brand:
    with db.writing():
        return brand(make_organisation(slug="city", name="The City", timezone="Europe/Brussels").id)


@pytest.fixture
def readers(house: Brand) -> list[int]:
    with db.writing():
        return make_people(house, 3, [make_list(house)])


@pytest.fixture
def appeal(house: Brand, readers: list[int]) -> str:
    """The slug of a published appeal with a petition, on which people can act until 31 March."""
    with db.writing():
        row = make_draft(house.id, act_until="2024-03-31")
        facts = Facts({"en": "Free A. Example"}, asks={"en": "Free A. Example."}, about=f"appeal:{row.uid}")
        publish(create_action(house.id, "free", facts))
        approve(row)
        service.publish(row)
        return row.slug


@pytest.fixture
def campaigner(app: Flask, house: Brand) -> FlaskClient:
    client = app.test_client()
    with db.writing():
        client.set_cookie(COOKIE, sign_in(house.id, Role.CAMPAIGNER))
    return client


def post(client: FlaskClient, path: str, page: str, **fields: str) -> str:
    """Press a button of ``page``; the words of the page that follows."""
    token = hidden(client.get(page).text, "form_token")
    return client.post(path, data={"form_token": token, **fields}, follow_redirects=True).text


def rules() -> dict[str, str]:
    with db.reading():
        return dict(session.execute(select(Rule.name, Rule.uid).order_by(Rule.id)).all())


def switch_on(client: FlaskClient, *names: str) -> None:
    for name in names:
        page = f"/studio/city/rules/{rules()[name]}"
        post(client, f"{page}/on", page)


def at(moment: datetime) -> dict[int, DeliveryState]:
    """Let the clock make a pass at this moment; what became of each copy that the newest firing made."""
    with clock.frozen(moment):
        firing.fire_due(moment)
        launch_due(moment)
    with db.reading():
        wanted = select(Mailing.message_id).join(Occurrence, Occurrence.mailing_id == Mailing.id)
        newest = session.scalars(wanted.order_by(Occurrence.id.desc()).limit(1)).first()
        rows = select(Delivery.recipient_id, Delivery.state).where(Delivery.message_id == newest)
        return dict(session.execute(rows).all())


def act(house: Brand, person: int) -> None:
    with db.writing():
        act_from_mail(held_call(action_by_slug(house.id, "free").id), person, Given("A. B."))


def test_a_ready_made_set_is_made_switched_off(campaigner: FlaskClient, appeal: str, house: Brand) -> None:
    """In both languages of the appeal; the reminders are for those who have not acted."""
    page = MAIL.format(appeal)
    assert "No email hangs on this appeal yet" in campaigner.get(page).text
    post(campaigner, f"{page}/set", page, set="appeal")
    assert list(rules()) == ["The appeal", "To those who have not acted", "Last call", "The last day"]
    with db.reading():
        templates = session.scalars(select(Mailing).order_by(Mailing.id)).all()
        ref = f"appeal:{queries.appeal_by_slug(house.id, appeal).uid}"
        assert [row.to_whom.ended_by for row in templates] == ["", ref, ref, ref]
        assert {row.state for row in templates} == {MailingState.TEMPLATE}
        assert all(set(row.content) == {"en", "fr"} for row in templates)
    assert "3 days before the last day to act, at 10:00" in campaigner.get(page).text


def test_without_a_petition_there_is_nothing_to_lead_to(campaigner: FlaskClient, readers: list[int], house: Brand):
    with db.writing():
        row = make_draft(house.id)
        slug = row.slug
    page = MAIL.format(slug)
    assert "Publish a petition about this first" in post(campaigner, f"{page}/set", page, set="appeal")
    assert rules() == {}


def test_the_appeal_leaves_with_a_press_on_the_number(campaigner: FlaskClient, appeal: str, readers: list[int]) -> None:
    """It was published before the rule was switched on: it is sent to as many as the page said."""
    page = MAIL.format(appeal)
    post(campaigner, f"{page}/set", page, set="appeal")
    rule = f"/studio/city/rules/{rules()['The appeal']}"
    assert "it would be sent at once, to 3 people" in post(campaigner, f"{rule}/on", rule)
    post(campaigner, f"{rule}/on", rule, people="3")
    assert set(at(PUBLISHED + timedelta(minutes=1))) == set(readers)


def test_reminders_reach_those_who_have_not_acted(
    campaigner: FlaskClient, appeal: str, readers: list[int], house: Brand
) -> None:
    """Whoever acted before is in none; whoever acts while one waits gets none, either."""
    page = MAIL.format(appeal)
    post(campaigner, f"{page}/set", page, set="appeal")
    switch_on(campaigner, "To those who have not acted", "Last call", "The last day")
    first, second, third = readers
    act(house, first)
    chaser = at(datetime(2024, 3, 8, 9, 1, tzinfo=UTC))
    assert chaser == {second: DeliveryState.PENDING, third: DeliveryState.PENDING}
    act(house, second)
    assert at(datetime(2024, 3, 8, 9, 2, tzinfo=UTC))[second] is DeliveryState.REVOKED
    assert set(at(datetime(2024, 3, 28, 9, 1, tzinfo=UTC))) == {third}


def test_the_end_of_the_appeal_stops_what_waits_and_what_is_planned(
    campaigner: FlaskClient, appeal: str, readers: list[int], house: Brand
) -> None:
    """Stopped in the commit that closes it, as the list of consequences said; nothing fires afterwards."""
    page = MAIL.format(appeal)
    post(campaigner, f"{page}/set", page, set="appeal")
    switch_on(campaigner, "To those who have not acted", "Last call")
    assert set(at(datetime(2024, 3, 8, 9, 1, tzinfo=UTC)).values()) == {DeliveryState.PENDING}
    with db.writing():
        row = queries.appeal_by_slug(house.id, appeal)
        service.change_draft(row, replace(queries.draft_of(row), outcome=Outcome.RELEASED), WRITER)
    with db.writing():
        row = queries.appeal_by_slug(house.id, appeal)
        ref = f"appeal:{row.uid}"
        closing = PlannedChange(house.id, ref, "closed", {}, is_off=True, facts={"outcome": "released"})
        seen = changes.preview(closing)
        assert sum(one.people for one in seen.effects if one.outcome.value == "stopped") == 3
        changes.apply(closing, seen.digest, lambda: appeal_changes.close(row))
    assert set(at(datetime(2024, 3, 28, 9, 1, tzinfo=UTC)).values()) == {DeliveryState.REVOKED}
    with db.reading():
        assert feature.anchored(house.id, ref).is_off  # type: ignore[union-attr]
        assert session.scalar(select(Occurrence.id).join(Rule).where(Rule.name == "Last call")) is None
    assert "The appeal is closed: its rules send nothing any more." in campaigner.get(page).text
