"""Files with personal data that are made for somebody to fetch, and go after a week: refused lines, exports.

Their names hold nothing of a person: the slug of the organisation, then a random name or the uid of a recipient.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TextIO

STAY = timedelta(days=7)
REJECTS = ".rejects.csv"


def create(folder: Path, name: str) -> TextIO:
    """A new file, or an empty one in place of an older, that only its owner reads."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return open(folder / name, "w", encoding="utf-8", newline="", opener=_private)


def remove_old(folder: Path, now: datetime) -> int:
    """Delete what has been there for longer than ``STAY``; how many."""
    before = (now - STAY).timestamp()
    return _remove(folder, lambda path: path.stat().st_mtime < before)


def remove_about(folder: Path, slug: str, uids: set[str]) -> int:
    """Delete the exports about these recipients of an organisation, and its refused lines, which may be about them."""

    def is_about(path: Path) -> bool:
        organisation, _dot, rest = path.name.partition(".")
        return organisation == slug and (rest.endswith(REJECTS) or rest.partition(".")[0] in uids)

    return _remove(folder, is_about)


def _remove(folder: Path, chosen: Callable[[Path], bool]) -> int:
    if not folder.is_dir():
        return 0
    found = [path for path in folder.iterdir() if path.is_file() and chosen(path)]
    for path in found:
        path.unlink(missing_ok=True)
    return len(found)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
