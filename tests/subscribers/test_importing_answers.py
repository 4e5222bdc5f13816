"""Columns of a file that are named as the organisation's fields are read as typed answers."""

from __future__ import annotations

import csv
from datetime import date, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from mobilize.core import db
from mobilize.core.audit import AuditEntry
from mobilize.core.db import session
from mobilize.delivery.models import RecipientKind
from mobilize.delivery.recipients import find_recipient
from mobilize.questions.models import QuestionKind
from mobilize.questions.queries import answers_held, every_question
from mobilize.questions.rules import Asked, own_fields
from mobilize.questions.service import ChoiceFacts, QuestionFacts, create_question, end_question
from mobilize.subscribers.evidence import Evidence
from mobilize.subscribers.service import leave_everything
from tests.subscribers.conftest import PERSON, City

PARTS = ({"en": "Write", "fr": "Écrire"}, {"en": "March"})
FIELDS = {
    "postal_code": (QuestionKind.SHORT_TEXT, {"required": True}),
    "born": (QuestionKind.DATE, {"sensitive": True}),
    "member": (QuestionKind.YES_NO, {}),
    "land": (QuestionKind.COUNTRY, {}),
    "guests": (QuestionKind.NUMBER, {}),
    "part": (QuestionKind.SEVERAL, {"choices": [ChoiceFacts(one) for one in PARTS]}),
    "letter": (QuestionKind.FILE, {}),
}


@pytest.fixture
def asked(city: City) -> dict[str, Asked]:
    """The city's fields by their short names."""
    with db.writing():
        for slug, (kind, values) in FIELDS.items():
            facts = QuestionFacts(labels={"en": slug.capitalize()}, **values)
            create_question(city.brand.id, own_fields(city.brand.id), slug, kind, facts)
        return {one.slug: one for one in every_question(own_fields(city.brand.id))}


def held(city: City, address: str = PERSON) -> dict[str, object]:
    with db.reading():
        found = find_recipient(city.brand.id, city.brand.uid, RecipientKind.PERSON, address)
        return {one.question.slug: one.value for one in answers_held([found.id] if found else [])}


def numbers(report: dict[str, object]) -> dict[str, object]:
    outcomes = ("created", "updated", "unchanged", "suppressed", "rejected")
    return {name: report[name] for name in outcomes if report[name]}


def rejects(report: dict[str, object]) -> list[dict[str, str]]:
    with Path(str(report["rejects_file"])).open(newline="") as file:
        return list(csv.DictReader(file))


def test_columns_are_read_as_typed_answers(bring, city: City, asked):
    """Choices and countries by their words in any language; the header in words or as the short name."""
    text = f"email;Postal code;born;member;land;guests;part\n{PERSON};1000;1998-02-01;oui;Belgique;2,5;écrire|March\n"
    assert numbers(bring(text)) == {"created": 1}
    assert held(city) == {
        "postal_code": "1000",
        "born": date(1998, 2, 1),
        "member": True,
        "land": "BE",
        "guests": 2.5,
        "part": tuple(one.uid for one in asked["part"].choices),
    }


def test_a_spreadsheets_own_kinds_are_read(bring, city: City, asked, tmp_path: Path):
    """Dates, numbers and booleans as a spreadsheet program stores them."""
    book = Workbook()
    book.active.append(["email", "born", "guests", "member"])
    book.active.append([PERSON, datetime(1998, 2, 1), 3, False])  # noqa: DTZ001 - a spreadsheet knows no zones
    path = tmp_path / "made.xlsx"
    book.save(path)
    assert numbers(bring(path.read_bytes(), name="people.xlsx")) == {"created": 1}
    assert held(city) == {"born": date(1998, 2, 1), "guests": 3.0, "member": False}


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("born", "01/02/1998", "born: "),
        ("guests", "many", "guests: "),
        ("land", "Atlantis", "land: "),
        ("part", "Sing", "part: Write one of: Write, March"),
        ("member", "perhaps", "member: "),
    ],
)
def test_a_value_that_does_not_hold_is_refused_by_line_and_field(bring, city: City, asked, column, cell, reason):
    """The person is in the file of refused lines, with everything their line said; nobody else is held up."""
    report = bring(f"email,{column}\nb@example.org,\n{PERSON},{cell}\n")
    assert numbers(report) == {"created": 1, "rejected": 1}
    (line,) = rejects(report)
    assert (line["line"], line["email"], line[column]) == ("3", PERSON, cell)
    assert line["reason"].startswith(reason)
    assert held(city) == {}


def test_the_same_file_again_changes_nothing_and_a_blank_cell_keeps_what_is_known(bring, city: City, asked):
    text = f"email,postal_code,part,born\n{PERSON},1000,Write,1998-02-01\n"
    bring(text)
    assert numbers(bring(text)) == {"unchanged": 1}
    assert numbers(bring(f"email,postal_code,part\n{PERSON},,\n")) == {"unchanged": 1}
    assert numbers(bring(f"email,postal_code,part\n{PERSON},1050,March\n")) == {"updated": 1}
    assert held(city) == {
        "postal_code": "1050",
        "born": date(1998, 2, 1),
        "part": (asked["part"].choices[1].uid,),
    }


def test_a_dry_run_says_the_same_and_stores_nothing(bring, city: City, asked):
    text = f"email,postal_code\n{PERSON},1000\n"
    bring(text)
    changed = f"email,postal_code\n{PERSON},1050\n"
    assert numbers(bring(changed, "--dry-run")) == {"updated": 1}
    assert held(city) == {"postal_code": "1000"}


def test_a_person_who_left_is_not_changed(bring, city: City, asked, amina: int):
    """A file proves nothing new about somebody who unsubscribed from everything."""
    with db.writing():
        leave_everything(amina, Evidence("unsubscribe-page"))
    assert numbers(bring(f"email,postal_code\n{PERSON},1000\n")) == {"suppressed": 1}
    assert held(city) == {}


@pytest.mark.parametrize("column", ["letter", "withdrawn", "shoe_size"])
def test_a_column_that_is_no_field_is_refused_before_anything_is_stored(city: City, command, asked, tmp_path, column):
    """Files and withdrawn fields neither; the message names the columns that are known."""
    with db.writing():
        facts = QuestionFacts({"en": "Withdrawn"})
        end_question(
            create_question(city.brand.id, own_fields(city.brand.id), "withdrawn", QuestionKind.NUMBER, facts).id
        )
    path = tmp_path / "people.csv"
    path.write_text(f"email,{column}\n{PERSON},1\n")
    answer = command("import", str(path), "--org", "city", "--list", "news", "--consent", "yes")
    assert answer.exit_code != 0
    assert f"“{column}”" in answer.output
    assert "postal_code, born, member" in answer.output
    assert held(city) == {}


def test_the_trail_of_an_import_holds_no_answer(bring, city: City, asked):
    bring(f"email,postal_code,land\n{PERSON},1000,BE\n")
    with db.reading():
        facts = [entry.facts for entry in session.query(AuditEntry).filter_by(action="people.imported")]
    assert facts
    assert not [one for one in facts if "1000" in str(one) or "BE" in str(one)]
