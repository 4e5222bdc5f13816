"""Files that people give as answers: sealed before they are on disk, under random names, removed after their row.

octets -> checked (kind by its content; pictures encoded anew, without place and device) -> sealed -> <folder>/<name>
A file is written before the commit of its answer, and removed by the tick after the commit that deletes the answer
(``EndedFile``). A crash before the first commit leaves a file that no answer names: it goes a day later.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath

from mobilize.core import crypto
from mobilize.core.db import new_uid
from mobilize.core.errors import Conflict, Refused
from mobilize.core.i18n import _
from mobilize.core.text import one_line
from mobilize.media.encoding import clean_picture
from mobilize.questions.models import Answer
from mobilize.questions.rules import StoredFile

LARGEST = 10 * 1024 * 1024
NAME_LENGTH = 120
ABANDONED_AFTER = timedelta(days=1)
_STARTS = {
    "pdf": b"%PDF-",
    "docx": b"PK\x03\x04",
    "xlsx": b"PK\x03\x04",
    "odt": b"PK\x03\x04",
    "ods": b"PK\x03\x04",
}
"""How the content of each kind begins; text has no beginning of its own."""
_PICTURES = frozenset({"jpg", "jpeg", "png", "webp", "gif"})
KINDS = (*_STARTS, "txt", *sorted(_PICTURES))


def store(folder: Path, field: str, name: str, octets: bytes) -> StoredFile:
    """Check, seal and write a file. Decoding a picture takes seconds: call it outside any transaction.

    Raises:
        Refused: too large, empty, of another kind than its name says, or of none that is taken; names the field.
        TooMany: see ``clean_picture``.
    """
    shown, octets = _checked(field, name, octets)
    stored = new_uid()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".new-", delete=False) as file:
        file.write(crypto.seal_octets(octets, _place(stored)))
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(folder / stored)
    return StoredFile(stored, shown, len(octets))


def read(folder: Path, file: StoredFile) -> bytes:
    """What the file holds.

    Raises:
        Conflict: it is not on the disk: a database was restored without its folder of files.
    """
    try:
        return crypto.unseal_octets((folder / file.stored).read_bytes(), _place(file.stored))
    except FileNotFoundError:
        raise Conflict(_("The file is not on the disk of this service any more")) from None


def remove(folder: Path, names: Iterable[str]) -> None:
    """Delete files; one that is gone already is no error."""
    for name in names:
        (folder / name).unlink(missing_ok=True)


def older_than(folder: Path, now: datetime) -> list[str]:
    """The files that stand in the folder for longer than any upload takes."""
    if not folder.is_dir():
        return []
    before = (now - ABANDONED_AFTER).timestamp()
    return sorted(path.name for path in folder.iterdir() if path.is_file() and path.stat().st_mtime < before)


def _place(stored: str) -> bytes:
    return crypto.associated_data(Answer.__tablename__, "file", stored)


def _checked(field: str, name: str, octets: bytes) -> tuple[str, bytes]:
    """The name to show and the octets to keep."""
    if len(octets) > LARGEST:
        raise Refused(field, _("Use a file of at most %(count)d megabytes", count=LARGEST // 1024**2))
    shown = one_line(field, PurePosixPath(name.replace("\\", "/")).name, at_most=NAME_LENGTH)
    stem, _dot, kind = shown.rpartition(".")
    if kind.lower() in _PICTURES:
        return _picture(field, stem, octets)
    begins = octets.startswith(_STARTS.get(kind.lower(), b"")) if kind.lower() in KINDS else False
    if not octets or not begins:
        raise Refused(field, _("Use a file of one of these kinds: %(kinds)s", kinds=", ".join(KINDS)))
    return shown, octets


def _picture(field: str, stem: str, octets: bytes) -> tuple[str, bytes]:
    try:
        clean = clean_picture(octets)
    except Refused as refusal:
        raise Refused(field, refusal.message) from None
    return f"{stem}.{clean.extension}", clean.data
