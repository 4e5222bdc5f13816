"""Segments: named conditions that narrow who gets a mailing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from mobilize.core.db import Base, HasUid


class Segment(HasUid, Base):
    """``tree`` has the shape of ``trees.as_json``. A deleted one (``ended_at``) still names what was sent to it."""

    __tablename__ = "segments"
    __table_args__ = (Index(None, "organisation_id", "name"),)

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    name: Mapped[str] = mapped_column(String(100))
    tree: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
