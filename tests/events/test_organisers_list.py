"""The organiser's list: filters, pages, and files of it that spreadsheets open safely and the trail mentions."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select
from werkzeug.test import TestResponse

from mobilize.core import db
from mobilize.core.audit import AuditEntry
from mobilize.core.cells import neutralised, safe, safe_in_lists
from mobilize.core.db import session
from mobilize.core.permissions import Role
from mobilize.delivery.models import Recipient, RecipientKind
from mobilize.delivery.recipients import change_contact
from mobilize.events.models import Attendance
from mobilize.events.queries import event_by_slug
from mobilize.events.registrations import exports, queries, staff
from mobilize.events.registrations.answers import owner_of
from mobilize.events.registrations.models import Registration
from mobilize.events.registrations.service import FormFacts, change_form
from mobilize.events.registrations.staff import Entered
from mobilize.organisations.queries import Brand
from mobilize.questions.answering import answer
from mobilize.questions.models import QuestionKind
from mobilize.questions.queries import questions
from mobilize.questions.service import QuestionFacts, create_question
from tests.events.conftest import BEFORE
from tests.signup.visiting import hidden
from tests.staff import COOKIE, sign_in

LIST = "/studio/centre/calendar/partners/registrations"


@pytest.fixture(autouse=True)
def before_it() -> Iterator[None]:
    with time_machine.travel(BEFORE, tick=False):
        yield


@pytest.fixture
def three(house: Brand, lecture: str) -> None:
    """Amina in the room, Béla online in French, and Carla, who was taken off; Amina answered what she eats."""
    with db.writing():
        event = event_by_slug(house.id, lecture)
        event.attendance = Attendance.BOTH
        session.flush()
        change_form(event, FormFacts(capacity=10))
        create_question(house.id, owner_of(event.id), "diet", QuestionKind.SHORT_TEXT, QuestionFacts({"en": "Diet"}))
        people = [
            Entered("amina@example.org", "Amina", "=1+1", "en", Attendance.VENUE),
            Entered("bela@example.org", "Béla", "", "fr", Attendance.ONLINE),
            Entered("carla@example.org", "Carla", "", "en", Attendance.VENUE),
        ]
        rows = [staff.add(event, house, one, "By phone", told=False).row for one in people]
        staff.service.remove(rows[2], event, "Ill", told=False)
        diet = "@vegan, " + "very much so " * 20
        answer(rows[0].recipient_id, {questions(owner_of(event.id))[0].id: diet.strip()})


def export(client: FlaskClient, kind: str, **filters: str) -> TestResponse:
    values = {"form_token": hidden(client.get(LIST).text, "form_token"), "as": kind, **filters}
    return client.post(f"{LIST}/export", data=values)


def names(page: str) -> list[str]:
    return [name for name in ("Amina", "Béla", "Carla") if f"{name}</bdi>" in page or f"{name} =1+1</bdi>" in page]


def rows(answer_: TestResponse) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer_.data.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["Amina", "Béla", "Carla"]),
        ("state=registered", ["Amina", "Béla"]),
        ("attendance=online", ["Béla"]),
        ("language=en&state=removed", ["Carla"]),
        ("language=fr&attendance=venue", []),
    ],
)
def test_filters_narrow_the_list_and_its_count(
    campaigner: FlaskClient, three: None, query: str, expected: list[str]
) -> None:
    page = campaigner.get(f"{LIST}?{query}").text
    assert names(page) == expected
    assert ("1 person" if len(expected) == 1 else f"{len(expected)} people") in page


def test_pages_keep_the_filters(campaigner: FlaskClient, three: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "PAGE", 1)
    first = campaigner.get(f"{LIST}?state=registered").text
    assert names(first) == ["Amina"]
    with db.reading():
        last = session.scalars(select(Registration.uid).order_by(Registration.id)).first()
    assert f"after={last}&amp;state=registered" in first or f"state=registered&amp;after={last}" in first
    assert names(campaigner.get(f"{LIST}?state=registered&after={last}").text) == ["Béla"]


@pytest.mark.parametrize("query", ["state=nonsense", "attendance=moon", "language=xx", "group=nobody"])
def test_an_unknown_filter_is_not_taken_for_none(campaigner: FlaskClient, three: None, query: str) -> None:
    assert campaigner.get(f"{LIST}?{query}").status_code == 404


def test_a_csv_holds_who_is_shown_with_their_whole_answers_and_no_formulas(
    campaigner: FlaskClient, three: None
) -> None:
    found = export(campaigner, "csv", state="registered")
    assert (found.status_code, found.mimetype) == (200, "text/csv")
    assert "centre-partners-2018-05-01.csv" in found.headers["Content-Disposition"]
    assert found.headers["Cache-Control"] == "no-store"
    header, amina, bela = rows(found)
    assert header[:3] + header[-1:] == ["First name", "Last name", "Email address", "Diet"]
    assert amina[:3] == ["Amina", "'=1+1", "amina@example.org"]
    assert amina[-1].startswith("'@vegan, very")
    assert len(amina[-1]) > 200
    assert bela[0] == "Béla"
    with db.reading():
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "registrations.exported")).one()
        assert entry.facts == {"file": "csv", "people": 2, "state": "registered"}


def test_a_workbook_holds_the_same_in_text_cells(
    campaigner: FlaskClient, three: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read in steps of one person, so that the seam between steps is in it."""
    monkeypatch.setattr(exports, "STEP", 1)
    sheet = load_workbook(io.BytesIO(export(campaigner, "xlsx").data)).active
    assert sheet is not None
    cells = list(sheet.iter_rows())
    assert [row[0].value for row in cells] == ["First name", "Amina", "Béla", "Carla"]
    assert (cells[1][1].value, cells[1][1].data_type) == ("'=1+1", "s")


def test_more_people_than_a_file_holds_are_refused(
    campaigner: FlaskClient, three: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "MOST_ROWS", 2)
    refused = export(campaigner, "csv")
    assert (refused.status_code, "at most 2 people" in refused.text) == (409, True)
    assert export(campaigner, "csv", attendance="online").status_code == 200
    with db.reading():
        assert (
            len(session.scalars(select(AuditEntry.id).where(AuditEntry.action == "registrations.exported")).all()) == 1
        )


def test_a_viewer_sees_no_list_and_exports_none(app: Flask, house: Brand, three: None) -> None:
    viewer = app.test_client()
    with db.writing():
        viewer.set_cookie(COOKIE, sign_in(house.id, Role.VIEWER))
    assert viewer.get(LIST).status_code == 403
    assert viewer.post(f"{LIST}/export", data={"as": "csv"}).status_code == 403


def test_the_page_of_one_person_tells_what_staff_did(campaigner: FlaskClient, three: None) -> None:
    with db.reading():
        uid = session.scalars(select(Registration.uid).order_by(Registration.id.desc())).first()
    page = campaigner.get(f"{LIST}/{uid}").text
    assert "Somebody taken off the list of an event" in page
    assert page.index("Ill") < page.index("By phone")


def test_control_characters_are_left_out_of_cells() -> None:
    """Some of them make a workbook unreadable (XML 1.0, 2.2)."""
    assert safe("a\x00b\x0bc\nd") == "abc\nd"
    assert safe(" =cmd") == "' =cmd"
    assert safe("é-") == "é-"


@pytest.mark.parametrize("typed", ["Anna;=1+1", "Anna\t@SUM(A1)", "Anna\n-2+3", "Anna; +1", "＝1+1", "Anna;＠1"])
def test_what_a_semicolon_cuts_off_is_no_formula_either(typed: str) -> None:
    """French, Dutch and Belgian spreadsheets cut a file at semicolons, whatever is quoted."""
    for cell in re.split(r"[;\t\n]", safe_in_lists(typed)):
        assert not re.match(r"\s*[=+@＝＠-]", cell)
    for cell in neutralised(typed).split(";"):
        assert not re.match(r"\s*[=+@＝＠-]", cell)
    assert neutralised("Anna; Béla") == safe_in_lists("Anna; Béla") == "Anna; Béla"


def test_a_name_that_no_workbook_can_hold_spoils_none(campaigner: FlaskClient, house: Brand, three: None) -> None:
    """One visitor could keep the organiser from ever having the list: XML has no U+FFFE (XML 1.0, 2.2)."""
    with db.writing():
        row = session.scalars(select(Recipient).where(Recipient.kind == RecipientKind.PERSON)).first()
        assert row is not None
        change_contact(row, house.uid, first_name="Amina\ufffe")
    sheet = load_workbook(io.BytesIO(export(campaigner, "xlsx").data)).active
    assert sheet is not None
    assert "Amina" in [row[0].value for row in sheet.iter_rows()]
