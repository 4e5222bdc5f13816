"""Requests that wait until they are confirmed by mail, and the puzzles that were solved for them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from mobilize.core.crypto import Sealed
from mobilize.core.db import Base, HasUid


class VisitorRequest(HasUid, Base):
    """One thing that somebody asked for through a public form, until the owner of the mailbox confirms it.

    ``kind`` is the feature that asks and confirms (``signup``), ``subject_id`` its own row that was asked for (a form).
    ``payload`` is sealed JSON of the feature. A row never changes what it asks for: asking again makes another row, so
    that a mailed link, which names one row, does what was asked when it was mailed. ``ends_at``: forgotten from then.
    """

    __tablename__ = "visitor_requests"
    __table_args__ = (Index(None, "recipient_id", "kind", "subject_id"), Index(None, "ends_at"))

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    kind: Mapped[str] = mapped_column(String(30))
    subject_id: Mapped[int]
    recipient_id: Mapped[int] = mapped_column(ForeignKey("recipients.id"))
    language: Mapped[str] = mapped_column(String(12))
    payload_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    payload = Sealed()
    mails_sent: Mapped[int] = mapped_column(default=0)
    asked_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]


class UsedChallenge(Base):
    """An ALTCHA challenge that was answered: an answer counts once, even when Redis was flushed."""

    __tablename__ = "used_challenges"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    ends_at: Mapped[datetime] = mapped_column(index=True)
