"""Taking pictures in."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from mobilize.core import audit, clock
from mobilize.core.db import session
from mobilize.media.encoding import CleanPicture, clean_picture
from mobilize.media.models import Picture
from mobilize.media.queries import picture_named


def add_picture(organisation_id: int, data: bytes, media_dir: Path) -> Picture:
    """Store a picture for an organisation; the same picture again is the same row.

    ``picture.name`` is what an image block names. The file is there before the row can be committed.

    Raises:
        Refused: see ``encoding.clean_picture``.
    """
    clean = clean_picture(data)
    name = f"{hashlib.sha256(clean.data).hexdigest()[:40]}.{clean.extension}"
    _store(media_dir / name, clean.data)
    return picture_named(organisation_id, name) or _recorded(organisation_id, name, clean)


def _recorded(organisation_id: int, name: str, clean: CleanPicture) -> Picture:
    picture = Picture(
        organisation_id=organisation_id,
        name=name,
        width=clean.width,
        height=clean.height,
        size=len(clean.data),
        created_at=clock.now(),
    )
    session.add(picture)
    session.flush()
    audit.record("picture.added", organisation_id=organisation_id, subject=f"picture:{picture.uid}", name=name)
    return picture


def _store(path: Path, data: bytes) -> None:
    """Write whole or not at all: a reader never sees half a picture, a crash leaves only a nameless file."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".new-", delete=False) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(path)
