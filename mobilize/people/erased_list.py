"""``var/keys/erased.list``: who was erased, outside the database, so that a copy restored later lets go of them too.

A line is ``<uid of the organisation> <keyed hash> <moment> <reason or ->``. It names nobody: the hash is HMAC under the
index key, as in the table of suppressions. The file is 0600, only appended to, and part of no backup of the database.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mobilize.core.settings import Settings

NAME = "erased.list"


@dataclass(frozen=True)
class ErasedPerson:
    """Whoever had this keyed hash in the organisation at ``at``; ``refused`` is why it is not mailed, or ''."""

    organisation_uid: str
    person_hash: bytes
    at: datetime
    refused: str = ""

    def line(self) -> str:
        return f"{self.organisation_uid} {self.person_hash.hex()} {self.at.isoformat()} {self.refused or '-'}"

    @classmethod
    def read(cls, line: str) -> ErasedPerson:
        uid, mark, moment, refused = line.split()
        return cls(uid, bytes.fromhex(mark), datetime.fromisoformat(moment), "" if refused == "-" else refused)


def listed(settings: Settings) -> list[ErasedPerson]:
    """Everybody on the list; nobody where there is none."""
    return [ErasedPerson.read(line) for line in _lines(_path(settings))]


def add_to_list(settings: Settings, person: ErasedPerson) -> None:
    """Write the person down, once, and have it on the disk."""
    path = _path(settings)
    if person.line() in _lines(path):
        return
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        if file.tell() and not path.read_bytes().endswith(b"\n"):
            file.write("\n")  # the last write was cut off
        file.write(person.line() + "\n")
        file.flush()
        os.fsync(file.fileno())


def _path(settings: Settings) -> Path:
    return settings.keys_dir / NAME


def _lines(path: Path) -> list[str]:
    """Whole lines: one that a full disk cut off is written again."""
    try:
        text = path.read_text(encoding="ascii")
    except FileNotFoundError:
        return []
    return [line for line in text.split("\n")[:-1] if len(line.split()) == 4]
