"""Refuses workbooks with a cell far longer than any program writes, before a reader collects it in memory.

A spreadsheet's cell holds 32,767 characters at most; XLSX compresses a cell of 200 MB into 0.2 MB.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator

LONGEST = 1024 * 1024
"""Octets of XML for one cell or shared text: 32,767 characters, each written as an entity, and some formatting."""

_CHUNK = 256 * 1024
_OVERLAP = 32
_BOUNDARY = re.compile(rb"<(/?)(?:[A-Za-z][\w.-]{0,20}:)?(?:c|si|row|sst|sheetData)(?=[\s/>])")
_NEVER_WRITTEN = re.compile(rb"<!(?:--|\[CDATA\[|DOCTYPE)|\0")
"""Ways to hide boundaries from us, or cells: comments, sections of raw text, entities, UTF-16."""


def has_giant_cell(archive: zipfile.ZipFile) -> bool:
    """Whether a part of this workbook holds such a cell, or is written so that nobody could tell.

    Raises:
        zipfile.BadZipFile, zlib.error: a part is broken.
    """
    large = [part for part in archive.infolist() if part.file_size > LONGEST and part.filename.endswith(".xml")]
    return any(_is_giant(archive, part) for part in large)


def _is_giant(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    opened_at: int | None = None
    for at, chunk in _chunks(archive, part):
        if _NEVER_WRITTEN.search(chunk):
            return True
        for found in _BOUNDARY.finditer(chunk):
            here = at + found.start()
            if opened_at is not None and here - opened_at > LONGEST:
                return True
            opened_at = None if found[1] else here
        if opened_at is not None and at + len(chunk) - opened_at > LONGEST + _CHUNK:
            return True
    return False


def _chunks(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[tuple[int, bytes]]:
    """Pieces and where they begin; each begins with the end of the one before, so that no boundary is cut in two."""
    at, rest = 0, b""
    with archive.open(part) as file:
        while piece := file.read(_CHUNK):
            chunk = rest + piece
            yield at - len(rest), chunk
            at, rest = at + len(piece), chunk[-_OVERLAP:]
