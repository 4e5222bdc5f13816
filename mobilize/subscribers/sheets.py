"""Files of people (CSV, XLSX) as rows with their line numbers; a line that cannot be read says so, the rest goes on.

encoding (``encodings``) -> separator from ``sep=`` or the header -> cells, line by line -> Row

Rows are read while they are used, so that a file of a million takes no more memory than one of a thousand. What refuses
the whole file is found before the first row.

No value of a person holds a line break, so every line of a CSV file is a row of its own: a quotation mark that is not
closed costs its own line and swallows none.
"""

from __future__ import annotations

import csv
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from openpyxl import Workbook, load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from mobilize.core.errors import Refused
from mobilize.core.i18n import _, show_list
from mobilize.subscribers.encodings import find_encoding
from mobilize.subscribers.giant_cells import has_giant_cell

COLUMNS: tuple[str, ...] = ("email", "first_name", "last_name", "language")
SEPARATORS = ",;\t|"
LARGEST_FILE = 256 * 1024 * 1024
# A workbook of a few kilobytes can claim a cell in its last row and column: all before it would be read as empty.
MOST_LINES, MOST_CELLS = 1_048_576, 50
_NOT_A_WORKBOOK = (
    InvalidFileException, zipfile.BadZipFile, ParseError, LookupError, ValueError, TypeError, AttributeError,
    NotImplementedError, zlib.error, EOFError, RuntimeError,
)  # fmt: skip
"""What openpyxl raises for files that are none; a password is a RuntimeError of zipfile."""
_SHOWN = 200
_SEP = re.compile(r"sep=([,;\t|])", re.IGNORECASE)
"""The line by which Excel is told the separator."""


@dataclass(frozen=True)
class Sheet:
    """A file's rows below the header, in order, without blank lines; of a CSV file also how its letters were read."""

    rows: Iterator[Row]
    encoding: str = ""
    samples: tuple[str, ...] = ()


@dataclass(frozen=True)
class Row:
    """One line: its cells by column name, or the problem that keeps it from being read."""

    line: int
    cells: dict[str, str] = field(default_factory=dict)
    problem: str = ""


def read_sheet(path: Path, encoding: str = "", columns: Sequence[str] = COLUMNS) -> Sheet:
    """The rows of a file; a CSV file is read in ``encoding`` if that is stated. ``columns`` are those that are known.

    Raises:
        Refused: no such file, not CSV or XLSX, an unknown or ambiguous encoding, several sheets, or a header that does
            not hold; names the line.
    """
    with opened(path) as file:
        start = file.read(4)
        if start == b"PK\x03\x04":
            return Sheet(_rows(_checked_xlsx_lines(path), columns))
        if start == b"\xd0\xcf\x11\xe0":
            raise Refused("file", _("This is an old Excel file (.xls). Save it as .xlsx or CSV"))
        found = find_encoding(file, encoding)
    return Sheet(_rows(_csv_lines(path, found.encoding), columns), found.encoding, found.samples)


def text_of(path: Path) -> str:
    """All of a CSV file.

    Raises:
        Refused: as ``read_sheet`` does for the file and its encoding.
    """
    with opened(path) as file:
        encoding = find_encoding(file).encoding
        file.seek(0)
        return file.read().decode(encoding)


@contextmanager
def opened(path: Path) -> Iterator[BufferedReader]:
    """The file, to be read.

    Raises:
        Refused: it cannot be read, or is larger than 256 MB.
    """
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise Refused("file", _("The file is larger than 256 MB. Split it"))
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise Refused("file", _("The file cannot be read (%(why)s)", why=error.strerror or "")) from None


Line = tuple[int, Sequence[str] | None]


def _csv_lines(path: Path, encoding: str) -> Iterator[Line]:
    """Line numbers and cells; ``None`` for a line whose quotes do not close or with a cell over 128 KB."""
    with path.open(encoding=encoding, newline=None) as file:
        filled = ((number, line) for number, line in enumerate(file, start=1) if line.strip())
        number, first = next(filled, (1, ""))
        told = _SEP.fullmatch(first.strip())
        separator = told[1] if told else max(SEPARATORS, key=first.count)
        if not told:
            yield number, _cells(first, separator)
        for number, line in filled:
            yield number, _cells(line, separator)


def _cells(line: str, separator: str) -> list[str] | None:
    try:
        return next(csv.reader((line.rstrip("\n"),), delimiter=separator, strict=True))
    except csv.Error:
        return None


def _checked_xlsx_lines(path: Path) -> Iterator[Line]:
    """The lines of a workbook that was read to its end once: whatever breaks in its middle is found before a use."""
    for _line in _xlsx_lines(path):
        pass
    return _xlsx_lines(path)


def _xlsx_lines(path: Path) -> Iterator[Line]:
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(part.file_size for part in archive.infolist()) > LARGEST_FILE:
                raise Refused("file", _("The file is larger than 256 MB. Split it"))
            if has_giant_cell(archive):
                raise Refused("file", _("A cell is larger than any spreadsheet program writes. Save the file as CSV"))
        book = load_workbook(path, read_only=True, data_only=True)
        try:
            rows = _only_sheet(book).iter_rows(max_row=MOST_LINES, max_col=MOST_CELLS, values_only=True)
            for line, cells in enumerate(rows, start=1):
                if any(cells):
                    yield line, ["" if cell is None else str(cell) for cell in cells]
        finally:
            book.close()
    except _NOT_A_WORKBOOK:
        raise Refused("file", _("This is not an Excel file that can be read. Save it again as .xlsx or CSV")) from None


def _only_sheet(book: Workbook) -> Any:
    """The sheet that holds something.

    Raises:
        Refused: several do; names them.
    """
    filled = [sheet for sheet in book.worksheets if _holds_something(sheet)]
    if len(filled) > 1:
        names = show_list(f"“{sheet.title}”" for sheet in filled)
        raise Refused(
            "file", _("Several sheets hold something: %(names)s. Save the one with the people alone", names=names)
        )
    return filled[0] if filled else book.worksheets[0]


def _holds_something(sheet: Any) -> bool:
    return any(any(cells) for cells in sheet.iter_rows(max_row=MOST_LINES, max_col=MOST_CELLS, values_only=True))


def _rows(lines: Iterable[Line], known: Sequence[str]) -> Iterator[Row]:
    numbered = iter(lines)
    line, first = next(numbered, (1, None))
    return _body(numbered, _header(line, first, known))


def _body(lines: Iterator[Line], columns: list[str]) -> Iterator[Row]:
    for line, cells in lines:
        if cells is None:
            yield Row(line, problem=_("A cell is too long, or a quotation mark is not closed"))
        elif any(cell.strip() for cell in cells):
            yield _row(line, cells, columns)


def _row(line: int, cells: Sequence[str], columns: list[str]) -> Row:
    found = dict(zip(columns, cells, strict=False))
    if any(cell.strip() for cell in cells[len(columns) :]):
        return Row(line, found, _("There are more cells than columns in the header"))
    return Row(line, found)


def _header(line: int, cells: Sequence[str] | None, known: Sequence[str]) -> list[str]:
    """The column names in order; trailing empty ones are left out.

    Raises:
        Refused: no email column, an unknown or a repeated one.
    """
    names = ["_".join(cell.strip().casefold().split()) for cell in cells or ()]
    while names and not names[-1]:
        names.pop()
    for name in names:
        if name not in known:
            problem = _("Line %(line)d: the column “%(name)s” is not known. Known are: %(known)s",
                        line=line, name=name[:_SHOWN], known=", ".join(known))  # fmt: skip
            raise Refused("header", problem)
    if len(set(names)) < len(names):
        raise Refused("header", _("Line %(line)d: a column stands there twice", line=line))
    if "email" not in names:
        raise Refused("header", _("Line %(line)d: the column “email” is missing", line=line))
    return names
