"""Taking documents in: a PDF is kept as it is and looked through, a picture is encoded anew without metadata.

A PDF may name its author, its program and when it was made (ISO 32000-2, 14.3). Rewriting it could break signatures and
tags for screen readers, so nothing is removed: what was found is said, and its author can remove it.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from mobilize.core import audit, clock
from mobilize.core.db import session
from mobilize.core.errors import Refused
from mobilize.core.i18n import _
from mobilize.media.encoding import clean_picture
from mobilize.media.models import Document, Traces
from mobilize.media.service import require_room, write_whole

MAX_BYTES = 10 * 1024 * 1024
"""Less than a whole request (``MAX_CONTENT_LENGTH``): a larger file is refused beside its field."""
_PDF = b"%PDF-"
_NAMED = re.compile(rb"/(?:Author|Creator|Producer|Company)\s*[(<]|<x:xmpmeta|<rdf:RDF")
_PACKED = re.compile(rb"/ObjStm|/Encrypt")


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A file in ``media_dir`` that no row names yet; size in octets."""

    name: str
    kind: str
    size: int
    traces: Traces


def store_document(data: bytes, media_dir: Path) -> StoredDocument:
    """Check and write a file; a picture takes seconds, so call it outside any transaction.

    Raises:
        Refused: too large, of another kind, or a picture that cannot be decoded.
        TooMany: see ``encoding.clean_picture``.
    """
    if len(data) > MAX_BYTES:
        raise Refused("file", _("Use a file of at most %(count)d megabytes", count=MAX_BYTES // 1024**2))
    kind, kept, traces = ("pdf", data, traces_of(data)) if data.startswith(_PDF) else _picture(data)
    name = f"{hashlib.sha256(kept).hexdigest()[:40]}.{kind}"
    write_whole(media_dir / name, kept)
    return StoredDocument(name, kind, len(kept), traces)


def add_document(organisation_id: int, stored: StoredDocument) -> Document:
    """Record a stored file for an organisation; the same file again is the same row."""
    same = select(Document).where(Document.organisation_id == organisation_id, Document.name == stored.name)
    found = session.scalar(same)
    if found is not None:
        return found
    row = Document(
        organisation_id=organisation_id,
        name=stored.name,
        kind=stored.kind,
        size=stored.size,
        traces=stored.traces,
        created_at=clock.now(),
    )
    session.add(row)
    session.flush()
    audit.record("document.added", organisation_id=organisation_id, subject=f"document:{row.uid}", name=stored.name)
    return row


def require_room_for_documents(organisation_id: int, megabytes: int) -> None:
    """Raises Refused: the organisation's pictures and documents take so much already."""
    stored = select(func.sum(Document.size)).where(Document.organisation_id == organisation_id)
    try:
        require_room(organisation_id, megabytes, beside=session.scalar(stored) or 0)
    except Refused as refusal:
        raise Refused("file", refusal.message) from None


def traces_of(pdf: bytes) -> Traces:
    """Whether a PDF names who or what made it, as far as its octets show."""
    if _NAMED.search(pdf):
        return Traces.FOUND
    return Traces.UNKNOWN if _PACKED.search(pdf) else Traces.NONE


def _picture(data: bytes) -> tuple[str, bytes, Traces]:
    try:
        clean = clean_picture(data)
    except Refused:
        raise Refused("file", _("Use a PDF, JPEG or PNG file that opens")) from None
    return clean.extension, clean.data, Traces.NONE
