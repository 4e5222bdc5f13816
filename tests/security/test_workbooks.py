"""Workbooks made to hurt: small files that claim to be huge, or that are broken inside."""

from __future__ import annotations

import io
import re
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook

from mobilize.core.errors import Refused
from mobilize.subscribers import sheets
from mobilize.subscribers.sheets import Row, read_rows

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
    assert next(read_rows(path)) == Row(2, {"email": "amina@example.org", "first_name": "Amina"})
    assert path.stat().st_size < 20_000
    began = time.process_time()
    assert len(list(read_rows(path))) <= 2
    assert time.process_time() - began < 30


def test_a_workbook_that_unpacks_to_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its parts say how large they are, and no part may be larger than it said."""
    monkeypatch.setattr(sheets, "LARGEST_FILE", 1_000_000)
    path = workbook(tmp_path, lambda sheet: sheet + " " * 2_000_000)
    assert path.stat().st_size < 20_000
    with pytest.raises(Refused, match="larger than 256 MB"):
        list(read_rows(path))


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
        rows = list(read_rows(workbook(tmp_path, change, part)))
    except Refused:
        return
    assert all(isinstance(row, Row) and len(str(row)) < 10_000 for row in rows)
