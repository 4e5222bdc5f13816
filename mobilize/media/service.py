"""Taking pictures in."""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from mobilize.core import audit, clock
from mobilize.core.db import session
from mobilize.core.errors import Refused
from mobilize.core.i18n import _
from mobilize.media.encoding import clean_picture
from mobilize.media.models import Picture
from mobilize.media.queries import picture_named, stored_octets


@dataclass(frozen=True, slots=True)
class StoredPicture:
    """A file in ``media_dir`` that no row names yet; sizes in pixels and octets."""

    name: str
    width: int
    height: int
    size: int
    was_animated: bool


def require_room(organisation_id: int, megabytes: int, beside: int = 0) -> None:
    """Raises Refused: the organisation's pictures, and ``beside`` octets of other files, take so much already."""
    if stored_octets(organisation_id) + beside >= megabytes * 1024**2:
        raise Refused("picture", _("The organisation's pictures fill the %(count)d megabytes it has", count=megabytes))


def store_picture(data: bytes, media_dir: Path) -> StoredPicture:
    """Decode, encode anew and write a picture; takes seconds, so call it outside any transaction.

    Raises:
        Refused, TooMany: see ``encoding.clean_picture``.
    """
    clean = clean_picture(data)
    name = f"{hashlib.sha256(clean.data).hexdigest()[:40]}.{clean.extension}"
    write_whole(media_dir / name, clean.data)
    return StoredPicture(name, clean.width, clean.height, len(clean.data), clean.was_animated)


def add_picture(organisation_id: int, stored: StoredPicture) -> Picture:
    """Record a stored picture for an organisation; the same picture again is the same row.

    ``picture.name`` is what an image block names.
    """
    return picture_named(organisation_id, stored.name) or _recorded(organisation_id, stored)


def _recorded(organisation_id: int, stored: StoredPicture) -> Picture:
    picture = Picture(
        organisation_id=organisation_id,
        name=stored.name,
        width=stored.width,
        height=stored.height,
        size=stored.size,
        created_at=clock.now(),
    )
    session.add(picture)
    session.flush()
    audit.record("picture.added", organisation_id=organisation_id, subject=f"picture:{picture.uid}", name=stored.name)
    return picture


def write_whole(path: Path, data: bytes) -> None:
    """Write whole or not at all: a reader never sees half a picture, a crash leaves only a nameless file."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".new-", delete=False) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(path)
