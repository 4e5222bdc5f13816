"""What was sent and stands in the public archive."""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

from sqlalchemy import JSON, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from mobilize.core.db import Base, HasUid


class ArchivedPage(TypedDict):
    """A mailing in one language: the mail as its readers got it, without a name or a personal link."""

    subject: str
    summary: str
    html: str


class ArchivedMailing(HasUid, Base):
    """A mailing that anybody may read, in each of its languages, as it was sent; it outlives the ledger's contents."""

    __tablename__ = "archived_mailings"
    __table_args__ = (Index(None, "organisation_id", "sent_at"),)

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    mailing_id: Mapped[int] = mapped_column(ForeignKey("mailings.id"), unique=True)
    pages: Mapped[dict[str, ArchivedPage]] = mapped_column(JSON)
    sent_at: Mapped[datetime]
    archived_at: Mapped[datetime]
