"""Mails as files: one JSON line (the envelope) and then the message exactly as it came over the wire."""

from __future__ import annotations

import json
import os
import re
import secrets
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from email import policy
from email.parser import BytesHeaderParser
from itertools import islice
from pathlib import Path

LIMIT = 5_000
SUFFIX = ".mail"
_ID = re.compile(r"[0-9]{19}-[0-9a-f]{8}")
_HEADERS = BytesHeaderParser(policy=policy.default)


@dataclass(frozen=True)
class Entry:
    """One received mail without its body. ``at`` is ISO 8601 in UTC; addresses are the envelope's."""

    id: str
    at: str
    sender: str
    recipients: tuple[str, ...]
    subject: str
    size: int

    @property
    def received(self) -> datetime:
        return datetime.fromisoformat(self.at)


class Writer:
    """The one process that adds mails; it keeps the newest ``limit`` and removes what is older."""

    def __init__(self, folder: Path, limit: int = LIMIT) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for unfinished in folder.glob("*.partial"):
            unfinished.unlink(missing_ok=True)
        self._folder = folder
        self._limit = limit
        self._kept = deque(sorted(_ids(folder)))
        self._last_stamp = 0

    def add(self, *, at: str, sender: str, recipients: tuple[str, ...], content: bytes) -> str:
        """Store one mail, all or nothing, and return its id."""
        mail_id = self._next_id()
        entry = Entry(mail_id, at, sender, recipients, _subject(content), len(content))
        partial = self._folder / f"{mail_id}.partial"
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(json.dumps(asdict(entry), ensure_ascii=True).encode() + b"\n" + content)
        partial.rename(self._folder / f"{mail_id}{SUFFIX}")
        self._kept.append(mail_id)
        self._forget_oldest()
        return mail_id

    def _next_id(self) -> str:
        self._last_stamp = max(self._last_stamp + 1, time.time_ns())
        return f"{self._last_stamp:019d}-{secrets.token_hex(4)}"

    def _forget_oldest(self) -> None:
        while len(self._kept) > self._limit:
            (self._folder / f"{self._kept.popleft()}{SUFFIX}").unlink(missing_ok=True)


def newest(folder: Path, *, to: str = "", before: str = "", limit: int = 50) -> tuple[list[Entry], bool]:
    """Entries, newest first, whose recipients contain ``to``, and whether older ones follow.

    ``before`` is the id after which the previous page ended.
    """
    ids = (one for one in sorted(_ids(folder), reverse=True) if not before or one < before)
    found = list(islice(_matching(folder, ids, to.strip().lower()), limit + 1))
    return found[:limit], len(found) > limit


def count(folder: Path) -> int:
    """How many mails are kept."""
    return sum(1 for _ in _ids(folder))


def read(folder: Path, mail_id: str) -> tuple[Entry, bytes] | None:
    """One mail with its content as received, or None where there is none of that id."""
    if not _ID.fullmatch(mail_id):
        return None
    try:
        first, content = (folder / f"{mail_id}{SUFFIX}").read_bytes().split(b"\n", 1)
    except FileNotFoundError:
        return None
    return _entry(first), content


def clear(folder: Path) -> int:
    """Remove every mail that is there now; returns how many."""
    ids = list(_ids(folder))
    for mail_id in ids:
        (folder / f"{mail_id}{SUFFIX}").unlink(missing_ok=True)
    return len(ids)


def _ids(folder: Path) -> Iterator[str]:
    if not folder.is_dir():
        return
    for name in os.listdir(folder):  # noqa: PTH208 - names only, thousands of them
        stem, dot, suffix = name.partition(".")
        if dot + suffix == SUFFIX and _ID.fullmatch(stem):
            yield stem


def _matching(folder: Path, ids: Iterator[str], to: str) -> Iterator[Entry]:
    for mail_id in ids:
        entry = _first_line(folder / f"{mail_id}{SUFFIX}")
        if entry and (not to or any(to in address.lower() for address in entry.recipients)):
            yield entry


def _first_line(path: Path) -> Entry | None:
    try:
        with path.open("rb") as file:
            return _entry(file.readline())
    except FileNotFoundError:
        return None


def _entry(line: bytes) -> Entry:
    fields = json.loads(line)
    return Entry(**{**fields, "recipients": tuple(fields["recipients"])})


def _subject(content: bytes) -> str:
    end = content.find(b"\r\n\r\n")
    headers = _HEADERS.parsebytes(content[: end + 2] if end >= 0 else content)
    return str(headers.get("Subject", ""))
