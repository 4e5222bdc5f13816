"""An import takes a file page by page, and costs a row the same whatever is stored already."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mobilize.core import db
from mobilize.core.errors import Refused
from mobilize.subscribers import importing, sheets
from mobilize.subscribers.encodings import find_encoding
from tests.plans import planning
from tests.subscribers.conftest import City


def people(number: int) -> str:
    return "\n".join(["email", *(f"person{one}@example.net" for one in range(number)), ""])


@pytest.fixture
def bring_in(city: City, tmp_path: Path):
    """Imports text into the list ``news``, without the command; the report."""

    def run(text: str) -> importing.Report:
        path = tmp_path / "people.csv"
        path.write_text(text)
        return importing.import_file(path, city.brand, "news", "I agreed on paper", files=path.parent)

    return run


def test_a_page_is_stored_before_the_next_is_read(bring_in, monkeypatch: pytest.MonkeyPatch):
    """So the largest file takes no more memory than a page of it."""
    seen: list[str] = []
    people_of, add = importing._people, importing.add_people

    def noted(*arguments: object) -> Iterator[object]:
        for one in people_of(*arguments):
            seen.append("read")
            yield one

    monkeypatch.setattr(importing, "STEP", 2)
    monkeypatch.setattr(importing, "_people", noted)
    monkeypatch.setattr(importing, "add_people", lambda *given: seen.append("stored") or add(*given))
    assert bring_in(people(5)).created == 5
    assert seen == ["read", "read", "stored", "read", "read", "stored", "read", "stored"]


def test_a_repeated_address_is_refused_across_pages(bring_in, monkeypatch: pytest.MonkeyPatch):
    """The line on which it stood first is remembered outside the page."""
    monkeypatch.setattr(importing, "STEP", 2)
    report = bring_in(people(5) + "PERSON0@example.net\n")
    assert (report.created, report.rejected) == (5, 1)
    assert "line 2" in Path(str(report.rejects_file)).read_text()


def test_keys_are_looked_up_by_the_whole_unique_index(bring_in):
    """On tables without statistics too: else each stored person is compared with each of the file."""
    with planning() as plans:
        bring_in(people(20))
    looked_up = [plan for plan in plans if "address_index" in plan]
    assert len(looked_up) == (3 if db.is_sqlite() else 4)
    if not db.is_sqlite():
        assert all("(address_index = key.key)" in plan for plan in looked_up)


def test_a_workbook_that_breaks_in_its_middle_is_refused_before_a_row_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Nothing half-done: the error is found by reading it to the end once."""
    (tmp_path / "people.xlsx").write_bytes(b"PK\x03\x04 and more")

    def broken(_path: Path) -> Iterator[sheets.Line]:
        yield 1, ["email"]
        raise Refused("file", "broken")

    monkeypatch.setattr(sheets, "_xlsx_lines", broken)
    with pytest.raises(Refused, match="broken"):
        sheets.read_sheet(tmp_path / "people.xlsx")


def test_an_encoding_that_is_none_of_text_is_refused(tmp_path: Path):
    """Python knows codecs that turn octets into octets, and calls them encodings."""
    path = tmp_path / "people.csv"
    path.write_text(people(1))
    with path.open("rb") as file, pytest.raises(Refused, match="not known"):
        find_encoding(file, "base64")
