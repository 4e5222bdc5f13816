"""The pages of rules: a ready-made set, a rule of one's own, switching on and off, the list of what goes out."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.core.permissions import Role
from mobilize.mailings.models import Mailing, MailingState
from mobilize.organisations.queries import Brand
from mobilize.schedules.models import Rule
from tests.crowd import make_list
from tests.events.changing import change_event
from tests.schedules.conftest import LONG_BEFORE, MakeRule, register
from tests.signup.visiting import hidden, press
from tests.staff import COOKIE, sign_in

EVENT = "/studio/centre/calendar/partners"
RULE: dict[str, Any] = {
    "name": "Three days before",
    "amount": "3",
    "unit": "days",
    "side": "before",
    "moment": "start",
    "at_time": "09:30",
    "people": "group:room",
    "late_hours": "10",
    "overtakes": "y",
}


@pytest.fixture
def campaigner(app: Flask, house: Brand, lecture: str) -> FlaskClient:
    assert lecture
    client = app.test_client()
    with db.writing():
        cookie = sign_in(house.id, Role.CAMPAIGNER)
        make_list(house)
    client.set_cookie(COOKIE, cookie)
    return client


def rules() -> list[Rule]:
    with db.reading():
        found = list(session.scalars(select(Rule).order_by(Rule.id)))
        session.expunge_all()
        return found


def post(client: FlaskClient, path: str, page: str, **fields: str) -> Any:
    """Press a button of ``page``."""
    token = hidden(client.get(page).text, "form_token")
    return client.post(path, data={"form_token": token, **fields})


def test_a_ready_made_set_is_made_switched_off(campaigner: FlaskClient) -> None:
    """In every language that the event has, with texts that name it; nothing is sent until somebody says so."""
    post(campaigner, f"{EVENT}/mail/set", f"{EVENT}/mail", set="hybrid")
    made = rules()
    assert len(made) == 6
    assert all(rule.armed_at is None for rule in made)
    with db.reading():
        templates = session.scalars(select(Mailing)).all()
        assert {row.state for row in templates} == {MailingState.TEMPLATE}
        assert all("Partenaires" in row.content["fr"]["subject"] for row in templates)
        assert all("Partners" in row.content["en"]["subject"] for row in templates)
    shown = campaigner.get(f"{EVENT}/mail").text
    assert "7 days before the start, at 10:00" in shown
    assert "2 hours before the start" in shown


def test_a_rule_of_ones_own(campaigner: FlaskClient) -> None:
    answer = press(campaigner, f"{EVENT}/mail/new", **RULE)
    assert (answer.status_code, "/content" in answer.headers["Location"]) == (303, True)
    (rule,) = rules()
    assert (rule.days, rule.at_time, rule.lateness, rule.armed_at) == (-3, "09:30", 600, None)
    page = campaigner.get(f"/studio/centre/rules/{rule.uid}").text
    assert "Fri 11 May 2018, 09:30 (Amsterdam)" in page
    press(campaigner, f"/studio/centre/rules/{rule.uid}", **{**RULE, "amount": "4", "people": "group:online"})
    (rule,) = rules()
    assert rule.days == -4
    with db.reading():
        assert session.scalars(select(Mailing)).one().to_whom.group.endswith(":online")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"name": ""}, "Fill this in"),
        ({"at_time": ""}, "Fill this in"),
        ({"unit": "hours"}, "Leave this empty, or count in days"),
        ({"amount": "731"}, "at most two years"),
        ({"amount": "-1"}, "between 0 and 2000"),
        ({"late_hours": "0"}, "between 1 and 720"),
        ({"people": "group:everybody"}, "Not a valid choice"),
        ({"moment": "noon"}, "Not a valid choice"),
    ],
)
def test_what_cannot_be_meant_is_refused(campaigner: FlaskClient, typed: dict[str, str], said: str) -> None:
    answer = press(campaigner, f"{EVENT}/mail/new", **{**RULE, **typed})
    assert (answer.status_code, said in answer.text) == (422, True)
    assert rules() == []


def test_switching_on_and_off(campaigner: FlaskClient, rule: MakeRule) -> None:
    page = f"/studio/centre/rules/{rule(armed=False)}"
    with clock.frozen(LONG_BEFORE):
        post(campaigner, f"{page}/on", page)
        assert rules()[0].armed_at == LONG_BEFORE
        assert "Reminder" in campaigner.get("/studio/centre/rules").text
        post(campaigner, f"{page}/off", page)
        assert rules()[0].armed_at is None


def test_a_sample_text_cannot_be_switched_on(campaigner: FlaskClient) -> None:
    press(campaigner, f"{EVENT}/mail/new", **RULE)
    page = f"/studio/centre/rules/{rules()[0].uid}"
    with clock.frozen(LONG_BEFORE):
        post(campaigner, f"{page}/on", page)
        assert "The subject is empty" in campaigner.get(page).text
    assert rules()[0].armed_at is None


def test_a_template_is_no_mailing_of_its_own(campaigner: FlaskClient, rule: MakeRule) -> None:
    """It is in no list, cannot be sent or duplicated into the rule, and leads back to its rule."""
    uid = rule()
    with db.reading():
        template = session.scalars(select(Mailing)).one().uid
    assert template not in campaigner.get("/studio/centre/mailings/").text
    shown = campaigner.get(f"/studio/centre/mailings/{template}/content").text
    assert f"/studio/centre/rules/{uid}" in shown
    refused = press(campaigner, f"/studio/centre/mailings/{template}/content", when="now")
    assert refused.status_code in (303, 422)
    with db.reading():
        assert session.scalars(select(Mailing)).one().state is MailingState.TEMPLATE


def test_deleting_a_rule_takes_its_text(campaigner: FlaskClient, rule: MakeRule) -> None:
    page = f"/studio/centre/rules/{rule(armed=False)}"
    post(campaigner, f"{page}/delete", page)
    assert rules() == []
    with db.reading():
        assert session.scalars(select(Mailing)).all() == []


def test_the_list_names_languages_without_a_reason(campaigner: FlaskClient, house: Brand, rule: MakeRule) -> None:
    """A reason in one language of two: the other is named before the press, and one more press takes it."""
    register(house, 1, language="fr")
    rule()
    with clock.frozen(LONG_BEFORE):
        path = f"{EVENT}/becomes/cancelled"
        page = campaigner.get(path).text
        assert "1 person who is registered gets an email at once, in French" in page
        fields = {"reasons_en": "Ill.", "seen": hidden(page, "seen")}
        asked = press(campaigner, path, **fields)
        assert "Readers in French see it in English" in asked.text
        assert change_event(campaigner, path, reasons_en="Ill.").status_code == 303


def test_a_list_that_changed_is_shown_again(campaigner: FlaskClient, house: Brand, rule: MakeRule) -> None:
    register(house, 1)
    rule()
    with clock.frozen(LONG_BEFORE):
        path = f"{EVENT}/becomes/cancelled"
        seen = hidden(campaigner.get(path).text, "seen")
        register(house, 1)
        answer = press(campaigner, path, seen=seen)
        assert answer.status_code == 409
        assert "2 people who are registered get an email at once" in answer.text
        assert press(campaigner, path, seen=hidden(answer.text, "seen")).status_code == 303
