"""Cells of files that people open in a spreadsheet."""

from __future__ import annotations

import re

_FORMULA = re.compile(r"\s*[=+\-@\t\r]")
_SHOWN = 200


def safe(cell: str) -> str:
    """The whole text as a cell that no spreadsheet takes for a formula, without control characters."""
    shown = "".join(one for one in cell if one in "\n\t" or one.isprintable() or not one.isascii())
    return f"'{shown}" if _FORMULA.match(shown) else shown


def neutralised(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula, on one line, at most 200 characters."""
    shown = " ".join(cell[:_SHOWN].split())
    return f"'{shown}" if _FORMULA.match(shown) else shown
