"""Cells of files that people open in a spreadsheet."""

from __future__ import annotations

import re

_FORMULA = re.compile(r"\s*[=+\-@\t\r]")
_SHOWN = 200


def neutralised(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula, on one line, at most 200 characters."""
    shown = " ".join(cell[:_SHOWN].split())
    return f"'{shown}" if _FORMULA.match(shown) else shown
