"""Cells of files that people open in a spreadsheet.

A file with commas that is opened where lists are written with semicolons (most of Europe) is cut at each semicolon, tab
and line end, whatever is quoted: what follows one of them within a cell may begin a cell too.
"""

from __future__ import annotations

import re

from mobilize.core.text import is_noncharacter

_SIGNS = "=+\\-@＝＋－＠"
_FORMULA = re.compile(rf"\s*[{_SIGNS}\t\r]")
_INSIDE = re.compile(rf"([;\t\n] *)(?=[{_SIGNS}])")
_SHOWN = 200


def safe(cell: str) -> str:
    """The whole text as a cell that no spreadsheet takes for a formula, with nothing that a workbook cannot hold."""
    shown = "".join(one for one in cell if one in "\n\t" or _is_shown(one))
    return f"'{shown}" if _FORMULA.match(shown) else shown


def safe_in_lists(cell: str) -> str:
    """``safe`` in a text file, by whatever sign a spreadsheet separates its cells."""
    return _INSIDE.sub(r"\1'", safe(cell))


def neutralised(cell: str) -> str:
    """A cell of a text file that no spreadsheet takes for a formula, on one line, at most 200 characters."""
    return safe_in_lists(" ".join(cell[:_SHOWN].split()))


def _is_shown(character: str) -> bool:
    return character.isprintable() if character.isascii() else not is_noncharacter(character)
