"""Pictures as they are served: re-encoded, without metadata, named by the hash of their bytes."""

from __future__ import annotations

from datetime import datetime

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
