"""``mobilize import`` and ``mobilize list create``, as typed on a command line."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from openpyxl import Workbook

from mobilize.core import db
from mobilize.delivery.models import SuppressionReason
from mobilize.delivery.suppression.service import suppress
from mobilize.people.queries import find_person
from mobilize.subscribers.evidence import Evidence
from mobilize.subscribers.queries import consent_history, list_by_slug, list_counts, lists_of, person
from mobilize.subscribers.service import leave, leave_everything
from tests.subscribers.conftest import PERSON, City

NOTHING = {
    "created": 0,
    "updated": 0,
    "unchanged": 0,
    "suppressed": 0,
    "rejected": 0,
    "rejects_file": None,
    "other_languages": {},
    "encoding": "utf-8",
    "samples": [],
}


def known(city: City, address: str):
    found = find_person(city.brand.ref, address)
    return None if found is None else person(city.brand.id, found.uid)


def rejects(report: dict[str, object]) -> list[dict[str, str]]:
    with Path(str(report["rejects_file"])).open(newline="") as file:
        return list(csv.DictReader(file))


def test_people_join_the_list_with_their_consent(bring, city: City):
    """Names, language, subscription, and a consent row that names wording, file digest and line."""
    report = bring("email,first_name,last_name,language\nAmina@Example.org,Amina,Benali,fr\nb@example.org,,,\n")
    assert report == {**NOTHING, "created": 2}
    with db.reading():
        found = known(city, PERSON)
        assert found is not None
        assert (found.contact.name, found.recipient.language) == ("Amina Benali", "fr")
        assert lists_of(found.recipient.id) == [city.ids["news"]]
        row = consent_history(found.recipient.id)[0]
        assert (row.method, row.wording, row.proof["line"]) == ("import", "I agreed on paper", 2)
        assert len(row.proof["file_sha256"]) == 64


def test_the_same_file_again_changes_nothing(bring, city: City):
    """A re-run is all unchanged; a changed name is an update; a blank cell keeps what is known."""
    text = "email,first_name\na@example.org,Amina\nb@example.org,Bilal\n"
    bring(text)
    assert bring(text) == {**NOTHING, "unchanged": 2}
    assert bring("email,first_name\na@example.org,Nadia\nb@example.org,\n") == {**NOTHING, "updated": 1, "unchanged": 1}
    with db.reading():
        assert known(city, "b@example.org").contact.first_name == "Bilal"
        assert len(consent_history(known(city, "a@example.org").recipient.id)) == 1


def test_withdrawals_and_suppressions_win(bring, city: City, amina: int):
    """Who left the list, left everything, complained or bounced stays away, whatever the file says."""
    bring("email\nb@example.org\nc@example.org\n")
    with db.writing():
        leave(amina, [city.ids["news"]], Evidence("unsubscribe-page"))
        leave_everything(known(city, "b@example.org").recipient.id, Evidence("one-click"))
        index = known(city, "c@example.org").recipient.address_index
        suppress(city.brand.id, index, SuppressionReason.HARD_BOUNCE, "test")
    report = bring(f"email,first_name\n{PERSON},Mallory\nb@example.org,Mallory\nc@example.org,Mallory\n")
    assert report == {**NOTHING, "suppressed": 3}
    with db.reading():
        assert city.ids["news"] not in lists_of(amina)
        assert known(city, PERSON).contact.first_name == "Amina"


def test_a_dry_run_says_the_same_and_stores_nothing(bring, city: City):
    """The numbers of a dry run are those of the run."""
    text = "email\na@example.org\nnot an address\n"
    report = bring(text, "--dry-run")
    assert (report["created"], report["rejected"]) == (1, 1)
    with db.reading():
        assert list_counts(city.brand.id) == {}
    assert bring(text)["created"] == 1


def test_each_refused_line_stands_in_a_file_with_its_reason(bring):
    """Line numbers are those of an editor; formula cells are neutralised; the file is its owner's alone."""
    report = bring(
        'email,first_name\n=cmd@,"=HYPERLINK(""x"")"\na@example.org,"Am\nina"\nb@example.org,B\nB@example.org,B\n'
        "c@example.org,\u202eC\nd@example.org,D,extra\n"
    )
    assert (report["created"], report["rejected"]) == (1, 6)
    found = rejects(report)
    assert [row["line"] for row in found] == ["2", "3", "4", "6", "7", "8"]
    assert found[0]["first_name"].startswith("'=")
    assert found[0]["email"] == "'=cmd@"
    assert "line 5" in found[3]["reason"]
    assert Path(str(report["rejects_file"])).stat().st_mode & 0o777 == 0o600


def test_a_field_of_a_million_characters_is_refused_with_its_line(bring):
    """One bad cell, quoted or not, costs its own line only."""
    huge = "x" * 1_000_000
    report = bring(
        f'email,first_name\na@example.org,{huge}\nb@example.org,"{huge}"\nc@example.org,C\n{huge}@example.org,\n'
    )
    assert (report["created"], report["rejected"]) == (1, 3)
    assert [row["line"] for row in rejects(report)] == ["2", "3", "5"]


def test_a_quote_that_never_closes_is_refused(bring):
    """It does not swallow the file in silence."""
    report = bring('email,first_name\na@example.org,A\nb@example.org,"B\n')
    assert (report["created"], report["rejected"]) == (1, 1)


@pytest.mark.parametrize(
    "content",
    [
        "\ufeffemail;first_name\nrene@example.org;René\n".encode(),
        "email\tfirst_name\r\nrene@example.org\tRené\r\n".encode("utf-16"),
        "email;first_name\nrene@example.org;René\n".encode("latin-1"),
        b"E-Mail".replace(b"E-Mail", b"Email") + ", First Name\nrene@example.org,René\n".encode(),
    ],
    ids=["BOM and semicolon", "UTF-16 and tab", "Latin-1", "capitals and spaces"],
)
def test_files_as_spreadsheets_write_them_are_read(bring, city: City, content: bytes):
    """Byte-order marks, other encodings and separators."""
    assert bring(content)["created"] == 1
    with db.reading():
        assert known(city, "rene@example.org").contact.first_name == "René"


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"email,phone\na@example.org,1\n", "phone"),
        (b"first_name\nAmina\n", "email"),
        (b"email,email\na@example.org,b@example.org\n", "twice"),
        (b"", "email"),
        ("email\na@example.org\n".encode("utf-16-le"), "UTF-8"),
        ("email,first_name\na@example.org,René\n".encode() + b"b@example.org,Ren\xe9\n", "Line 3"),
        (b"PK\x03\x04 not a workbook", "xlsx"),
        (b"\xd0\xcf\x11\xe0 old", "xls"),
    ],
    ids=["unknown column", "no email", "twice", "empty", "UTF-16 without mark", "mixed", "broken xlsx", "xls"],
)
def test_a_file_that_cannot_be_read_is_refused_clearly(command, tmp_path: Path, content: bytes, word: str):
    """One line says what is wrong and where; nothing is stored."""
    path = tmp_path / "people.csv"
    path.write_bytes(content)
    result = command("import", str(path), "--org", "city", "--list", "news", "--consent", "x")
    assert result.exit_code == 1
    assert word in result.output
    assert len(result.output.strip().splitlines()) == 1


def test_a_workbook_is_read_like_a_csv(bring, city: City, tmp_path: Path):
    """XLSX: header line, numbers as text, empty lines left out."""
    book = Workbook()
    for line in (("email", "first_name"), ("a@example.org", "Amina"), (None, None), ("b@example.org", 7), ("bad", "x")):
        book.active.append(line)
    book.save(tmp_path / "source.xlsx")
    report = bring((tmp_path / "source.xlsx").read_bytes(), name="people.xlsx")
    assert (report["created"], report["rejected"]) == (2, 1)
    assert rejects(report)[0]["line"] == "5"


def test_steps_of_a_thousand_lose_nobody(bring, city: City):
    """More people than one commit holds, and exactly a full one."""
    lines = "".join(f"person{number}@example.org\n" for number in range(2000))
    assert bring(f"email\n{lines}")["created"] == 2000
    assert bring(f"email\n{lines}")["unchanged"] == 2000
    with db.reading():
        assert list_counts(city.brand.id) == {city.ids["news"]: 2000}


def test_an_unknown_list_or_organisation_is_one_line(command, tmp_path: Path):
    """Errors are for people: no trace."""
    path = tmp_path / "people.csv"
    path.write_text("email\na@example.org\n")
    for org, slug in (("city", "nothing"), ("nowhere", "news")):
        result = command("import", str(path), "--org", org, "--list", slug, "--consent", "x")
        assert (result.exit_code, len(result.output.strip().splitlines())) == (1, 1)


def test_a_list_is_made_by_command(command, city: City):
    """Its name is in the organisation's language; the same slug again is refused."""
    arguments = ("list", "create", "--org", "city", "--slug", "events", "--name", "Events")
    assert command(*arguments).stdout.strip() == "events"
    assert command(*arguments).exit_code == 1
    with db.reading():
        assert list_by_slug(city.brand.id, "events").names == {"en": "Events"}
    assert command("list", "create", "--org", "city", "--slug", "Not a slug", "--name", "x").exit_code == 1
