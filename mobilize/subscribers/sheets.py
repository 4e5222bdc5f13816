"""Files of people (CSV, XLSX) as rows with their line numbers; a line that cannot be read says so, the rest goes on.

bytes -> text (UTF-8, UTF-16 with its mark, Windows-1252) -> separator from the header -> cells -> Row
"""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from mobilize.core.errors import Refused
from mobilize.core.i18n import _
from mobilize.subscribers.giant_cells import has_giant_cell

COLUMNS = ("email", "first_name", "last_name", "language")
SEPARATORS = ",;\t"
LARGEST_FILE = 256 * 1024 * 1024
# A workbook of a few kilobytes can claim a cell in its last row and column: all before it would be read as empty.
MOST_LINES, MOST_CELLS = 1_048_576, 50
_NOT_A_WORKBOOK = (
    InvalidFileException, zipfile.BadZipFile, ParseError, LookupError, ValueError, TypeError, AttributeError,
    NotImplementedError, zlib.error, EOFError, RuntimeError,
)  # fmt: skip
"""What openpyxl raises for files that are none; a password is a RuntimeError of zipfile."""
_SHOWN = 200


@dataclass(frozen=True)
class Row:
    """One line: its cells by column name, or the problem that keeps it from being read."""

    line: int
    cells: dict[str, str] = field(default_factory=dict)
    problem: str = ""


def read_rows(path: Path) -> Iterator[Row]:
    """The rows below the header, in order; empty lines are left out.

    Raises:
        Refused: no such file, not CSV or XLSX, an unknown encoding, or a header that does not hold; names the line.
    """
    raw = content(path)
    if raw.startswith(b"PK\x03\x04"):
        return _rows(_xlsx_lines(path))
    if raw.startswith(b"\xd0\xcf\x11\xe0"):
        raise Refused("file", _("This is an old Excel file (.xls). Save it as .xlsx or CSV"))
    return _rows(_csv_lines(decoded(raw)))


def decoded(raw: bytes) -> str:
    """The text of a CSV file: UTF-8, UTF-16 that begins with its mark, else Windows-1252 (which holds Latin-1).

    Raises:
        Refused: mixed or unknown encodings; a wrong guess would spoil names without anyone noticing.
    """
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _strictly(raw, "utf-16")
    if b"\0" in raw[:4096]:
        raise Refused("file", _("The encoding is not known. Save the file as UTF-8"))
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if not raw.decode("utf-8", "ignore").isascii():
            line = raw.count(b"\n", 0, error.start) + 1
            problem = _("Line %(line)d is not UTF-8 while others are. Save the file as UTF-8", line=line)
            raise Refused("file", problem) from None
    return _strictly(raw, "cp1252")


def content(path: Path) -> bytes:
    """The whole file.

    Raises:
        Refused: it cannot be read, or is larger than 256 MB.
    """
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise Refused("file", _("The file is larger than 256 MB. Split it"))
        return path.read_bytes()
    except OSError as error:
        raise Refused("file", _("The file cannot be read (%(why)s)", why=error.strerror or "")) from None


def _strictly(raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        raise Refused("file", _("The encoding is not known. Save the file as UTF-8")) from None


Line = tuple[int, Sequence[str] | None]


def _csv_lines(text: str) -> Iterator[Line]:
    """Line numbers and cells; ``None`` for a line whose quotes do not close or with a cell over 128 KB."""
    header = text.partition("\n")[0]
    separator = max(SEPARATORS, key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            yield line, next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield line, None


def _xlsx_lines(path: Path) -> Iterator[Line]:
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(part.file_size for part in archive.infolist()) > LARGEST_FILE:
                raise Refused("file", _("The file is larger than 256 MB. Split it"))
            if has_giant_cell(archive):
                raise Refused("file", _("A cell is larger than any spreadsheet program writes. Save the file as CSV"))
        book = load_workbook(path, read_only=True, data_only=True)
        try:
            rows = book.worksheets[0].iter_rows(max_row=MOST_LINES, max_col=MOST_CELLS, values_only=True)
            for line, cells in enumerate(rows, start=1):
                if any(cells):
                    yield line, ["" if cell is None else str(cell) for cell in cells]
        finally:
            book.close()
    except _NOT_A_WORKBOOK:
        raise Refused("file", _("This is not an Excel file that can be read. Save it again as .xlsx or CSV")) from None


def _rows(lines: Iterable[Line]) -> Iterator[Row]:
    numbered = iter(lines)
    line, first = next(numbered, (1, None))
    columns = _header(line, first)
    return _body(numbered, columns)


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


def _header(line: int, cells: Sequence[str] | None) -> list[str]:
    """The column names in order; trailing empty ones are left out.

    Raises:
        Refused: no email column, an unknown or a repeated one.
    """
    names = ["_".join(cell.strip().casefold().split()) for cell in cells or ()]
    while names and not names[-1]:
        names.pop()
    for name in names:
        if name not in COLUMNS:
            known = ", ".join(COLUMNS)
            problem = _("Line %(line)d: the column “%(name)s” is not known. Known are: %(known)s",
                        line=line, name=name[:_SHOWN], known=known)  # fmt: skip
            raise Refused("header", problem)
    if len(set(names)) < len(names):
        raise Refused("header", _("Line %(line)d: a column stands there twice", line=line))
    if "email" not in names:
        raise Refused("header", _("Line %(line)d: the column “email” is missing", line=line))
    return names
