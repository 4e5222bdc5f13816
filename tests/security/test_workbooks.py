"""Workbooks made to hurt: small files that claim to be huge, or that are broken inside."""

from __future__ import annotations

import io
import re
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook

from mobilize.core.errors import Refused
from mobilize.subscribers import sheets
from mobilize.subscribers.sheets import Row, read_sheet

SHEET = "xl/worksheets/sheet1.xml"


def workbook(folder: Path, change: Callable[[str], str], part: str = SHEET) -> Path:
    """A workbook with one person, one of its parts changed."""
    book, whole = Workbook(), io.BytesIO()
    sheet = book.create_sheet(index=0)
    for row in (["email", "first_name"], ["amina@example.org", "Amina"]):
        sheet.append(row)
    book.save(whole)
    path, source = folder / "people.xlsx", zipfile.ZipFile(whole)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            target.writestr(name, change(content.decode()) if name == part else content)
    return path


def far_away(row: int) -> Callable[[str], str]:
    """A cell in the last column of a row, and a sheet that claims to reach there."""
    cell = f'<row r="{row}"><c r="XFD{row}" t="inlineStr"><is><t>x</t></is></c></row></sheetData>'

    def change(sheet: str) -> str:
        return re.sub('<dimension ref="[^"]+"', f'<dimension ref="A1:XFD{row}"', sheet.replace("</sheetData>", cell))

    return change


@pytest.mark.parametrize("row", [100_000, 10**15])
def test_a_cell_far_away_costs_no_time(tmp_path: Path, row: int) -> None:
    """Two billion empty cells are not walked through; the person in the file is read."""
    path = workbook(tmp_path, far_away(row))
    assert next(read_sheet(path).rows) == Row(2, {"email": "amina@example.org", "first_name": "Amina"})
    assert path.stat().st_size < 20_000
    began = time.process_time()
    assert len(list(read_sheet(path).rows)) <= 2
    assert time.process_time() - began < 30


def test_a_workbook_that_unpacks_to_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its parts say how large they are, and no part may be larger than it said."""
    monkeypatch.setattr(sheets, "LARGEST_FILE", 1_000_000)
    path = workbook(tmp_path, lambda sheet: sheet + " " * 2_000_000)
    assert path.stat().st_size < 20_000
    with pytest.raises(Refused, match="larger than 256 MB"):
        list(read_sheet(path).rows)


def in_the_name(text: str) -> Callable[[str], str]:
    return lambda sheet: sheet.replace("Amina", text)


GIANT = "x" * 50_000_000
PIECES = "<r><t>xxxx</t></r>" * 500_000


@pytest.mark.parametrize(
    "change",
    [
        in_the_name(GIANT),
        in_the_name("x<!--</c><c>-->" * 1_000_000),
        in_the_name("<![CDATA[" + "</c><c>x" * 2_000_000 + "]]>"),
        lambda sheet: sheet.replace("<is><t>Amina</t></is>", f"<is>{PIECES}</is>"),
        lambda sheet: sheet.replace('t="inlineStr"', f't="inlineStr" s="{GIANT}"'),
    ],
    ids=["one text", "comments", "raw text", "formatted pieces", "an attribute"],
)
def test_a_giant_cell_is_refused_unread(tmp_path: Path, change: Callable[[str], str]) -> None:
    """A file of 0.2 MB with a cell of 200 MB was read whole."""
    path = workbook(tmp_path, change)
    assert path.stat().st_size < 300_000
    tracemalloc.start()
    try:
        with pytest.raises(Refused, match="larger than any spreadsheet"):
            list(read_sheet(path).rows)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_the_longest_cell_that_a_program_writes_is_read(tmp_path: Path) -> None:
    """32,767 characters, also in a sheet that is large in all."""
    cell = '<row r="{0}"><c r="A{0}" t="inlineStr"><is><t>a{0}@example.org</t></is></c></row>'
    rows = "".join(map(cell.format, range(3, 20_000))) + "</sheetData>"
    path = workbook(tmp_path, lambda sheet: sheet.replace("Amina", "x" * 32_767).replace("</sheetData>", rows))
    found = list(read_sheet(path).rows)
    assert (len(found), len(found[0].cells["first_name"])) == (19_998, 32_767)


@pytest.mark.parametrize(
    ("part", "change"),
    [
        (SHEET, lambda _sheet: "<worksheet"),
        (SHEET, lambda sheet: sheet.replace('r="A1"', 'r="1A"')),
        (SHEET, lambda sheet: sheet.replace('<row r="1"', '<row r="x"')),
        (SHEET, lambda sheet: sheet.replace("inlineStr", "s").replace("<is>", "<v>9").replace("</is>", "</v>")),
        ("xl/workbook.xml", lambda _book: "<workbook/>"),
        ("xl/_rels/workbook.xml.rels", lambda _rels: "<Relationships/>"),
        (
            SHEET,
            lambda sheet: (
                '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
                + "".join(f'<!ENTITY a{n + 1} "{f"&a{n or str()};" * 10}">' for n in range(12))
                + "]>"
                + sheet.replace("Amina", "&a12;")
            ),
        ),
    ],
    ids=["cut", "cell name", "row number", "shared text", "no sheets", "no parts", "a billion laughs"],
)
def test_a_workbook_that_is_broken_is_refused_or_read(tmp_path: Path, part: str, change: Callable[[str], str]) -> None:
    """One clear sentence at most, and never a fault of ours."""
    try:
        rows = list(read_sheet(workbook(tmp_path, change, part)).rows)
    except Refused:
        return
    assert all(isinstance(row, Row) and len(str(row)) < 10_000 for row in rows)
