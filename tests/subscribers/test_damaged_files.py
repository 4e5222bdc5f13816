"""Files that spreadsheet programs and people damaged: every line is accounted for, no letter is guessed."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from mobilize.core.errors import Refused
from mobilize.subscribers.encodings import Found, find_encoding
from mobilize.subscribers.sheets import read_sheet
from tests.subscribers.conftest import City
from tests.subscribers.test_importing import rejects


def people(number: int, *damaged: tuple[int, str]) -> str:
    """A file of so many people, some of whose lines are replaced."""
    lines = [f"person{line}@example.net,Name{line}" for line in range(2, number + 2)]
    for line, text in damaged:
        lines[line - 2] = text
    return "\n".join(["email,first_name", *lines, ""])


def find(raw: bytes, stated: str = "") -> Found:
    return find_encoding(io.BytesIO(raw), stated)


def test_a_quotation_mark_swallows_no_line(bring):
    """Of 1,000 people one line with an open quotation mark is refused, 900 lines later a closed one is read."""
    report = bring(people(1000, (4, 'person4@example.net,"Annie'), (901, 'person901@example.net,"Jan, Piet"')))
    assert (report["created"], report["rejected"]) == (999, 1)
    assert [row["line"] for row in rejects(report)] == ["4"]


line = st.text(alphabet=st.sampled_from('ab@.,;|" \t\x00\u200f\x0b\u2028'), max_size=20)


@settings(max_examples=150)
@given(lines=st.lists(line, max_size=12), ending=st.sampled_from(["\n", "\r\n", "\r"]))
def test_every_filled_line_of_a_damaged_file_is_one_row(tmp_path_factory, lines, ending):
    """Whatever stands in the lines, each that is not blank gives exactly one row, under its own number."""
    path = tmp_path_factory.getbasetemp() / "damaged.csv"
    path.write_bytes(ending.join(["email,first_name", *lines]).encode())
    found = [row.line for row in read_sheet(path, "utf-8").rows]
    numbered = list(enumerate(lines, start=2))
    filled = {number for number, text in numbered if text.strip(' \t\x0b\u2028,"')}
    assert len(found) == len(set(found))
    assert filled <= set(found) <= {number for number, text in numbered if text.strip()}


@pytest.mark.parametrize(
    ("encoding", "names"),
    [
        ("cp1256", ["أحمد", "فاطمة"]),
        ("mac-roman", ["René", "François", "Ångström"]),
        ("cp1252", ["René", "Müller", "François"]),
    ],
)
def test_letters_that_have_one_reading_are_found(encoding, names):
    """Windows-1256, Mac Roman and Windows-1252 are told apart where only one gives plausible names."""
    raw = "\r\n".join(["email;first_name", *(f"a{number}@example.org;{name}" for number, name in enumerate(names))])
    found = find(raw.encode(encoding))
    assert all(name in raw.encode(encoding).decode(found.encoding) for name in names)
    assert found.samples[0] == names[0]


@pytest.mark.parametrize(("encoding", "name"), [("cp1250", "Dvořák"), ("cp1251", "Иван"), ("cp1253", "Γιώργος")])
def test_letters_that_depend_on_the_encoding_are_asked_for(encoding, name):
    """The readings stand side by side in the refusal; stated, the encoding is used."""
    raw = f"email;first_name\na@example.org;{name}\n".encode(encoding)
    with pytest.raises(Refused, match=name) as refusal:
        find(raw)
    assert "--encoding" in str(refusal.value)
    assert name in raw.decode(find(raw, encoding).encoding)


def test_an_encoding_that_does_not_fit_is_refused_with_its_line():
    """Neither an unknown name nor one in which a line cannot be read is guessed around."""
    with pytest.raises(Refused, match="not known"):
        find(b"email\n", "utf-7000")
    with pytest.raises(Refused, match="Line 2"):
        find("email\nRené@example.org\n".encode("latin-1"), "utf-8")


def test_the_dry_run_shows_how_the_letters_were_read(command, city: City, tmp_path: Path):
    """The words that are not ASCII, with the encoding; the same file is then stored with these letters."""
    path = tmp_path / "people.csv"
    path.write_bytes("email;first_name\r\nahmad@example.org;أحمد\r\n".encode("cp1256"))
    arguments = ("import", str(path), "--org", "city", "--list", "news", "--consent", "x")
    assert "cp1256: أحمد" in command(*arguments, "--dry-run").output
    assert command(*arguments).exit_code == 0


@pytest.mark.parametrize(
    "content",
    ["sep=;\nemail;first_name\na@example.org;A\n", "email|first_name\na@example.org|A\n", "\n\nemail\na@example.org\n"],
    ids=["sep=", "bars", "blank first lines"],
)
def test_what_programs_put_before_and_between_is_read(bring, content):
    """Excel's separator line, vertical bars, blank lines above the header."""
    assert (bring(content)["created"], bring(content)["unchanged"]) == (1, 1)


def test_a_workbook_with_two_filled_sheets_is_refused_by_name(tmp_path: Path):
    """Which of them holds the people is not ours to guess; an empty second one does no harm."""
    book = Workbook()
    book.active.append(["email"])
    other = book.create_sheet("Leden")
    book.save(tmp_path / "one.xlsx")
    assert list(read_sheet(tmp_path / "one.xlsx").rows) == []
    other.append(["email"])
    book.save(tmp_path / "two.xlsx")
    with pytest.raises(Refused, match="Leden"):
        list(read_sheet(tmp_path / "two.xlsx").rows)


def test_people_of_a_language_that_is_not_offered_are_taken_and_counted(bring, command, city: City, tmp_path):
    """They get the organisation's default; the dry run names the language and how many they are."""
    text = "email,language\na@example.org,pt\nb@example.org,pt-BR\nc@example.org,fr\n"
    path = tmp_path / "people.csv"
    path.write_text(text)
    arguments = ("import", str(path), "--org", "city", "--list", "news", "--consent", "x", "--dry-run")
    assert "1 with the language “pt”" in command(*arguments).output
    report = bring(text)
    assert (report["created"], report["other_languages"]) == (3, {"pt": 1, "pt-BR": 1})


@pytest.mark.parametrize("mark", ["\u200f", "\u200b", "\ufeff", "\u061c", "\u00a0"])
def test_invisible_marks_around_values_are_cleaned(bring, mark):
    """An Arabic keyboard or a spreadsheet leaves them; inside a name they are refused, for they deceive."""
    report = bring(f"email,first_name\n{mark}a@example.org{mark},{mark}Amina{mark}\nb@example.org,Am\u200bina\n")
    assert (report["created"], report["rejected"]) == (1, 1)
