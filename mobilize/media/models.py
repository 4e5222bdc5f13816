"""Pictures and documents as they are served, named by the hash of their bytes; pictures are re-encoded."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from mobilize.core.db import Base, HasUid


class Picture(HasUid, Base):
    """One picture of one organisation; width and height in pixels, size in bytes, alternative text by language."""

    __tablename__ = "pictures"
    __table_args__ = (UniqueConstraint("organisation_id", "name"),)

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    name: Mapped[str] = mapped_column(String(80), index=True)
    width: Mapped[int]
    height: Mapped[int]
    size: Mapped[int]
    alternative_texts: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime]


class Traces(StrEnum):
    """What a file tells about who made it, beside its pages."""

    NONE = "none"
    FOUND = "found"
    UNKNOWN = "unknown"
    """Parts of it are packed, so that nobody can say without unpacking them."""


class Document(HasUid, Base):
    """One file of one organisation that people download: a PDF as it was uploaded, or a picture without metadata.

    ``kind`` is the ending of its name; size in bytes.
    """

    __tablename__ = "documents"
    __table_args__ = (UniqueConstraint("organisation_id", "name"),)

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    name: Mapped[str] = mapped_column(String(80), index=True)
    kind: Mapped[str] = mapped_column(String(4))
    size: Mapped[int]
    traces: Mapped[Traces]
    created_at: Mapped[datetime]
