"""Defenders and their timelines. All that names or describes a person is sealed: a dump tells nothing about them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, Date, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from mobilize.appeals.rules import DatePrecision, PartialDate, ReviewKind
from mobilize.core.crypto import Sealed
from mobilize.core.db import Base, HasId, HasUid


class Defender(HasUid, Base):
    """A person at risk. ``slug`` names the public page and is empty where there is deliberately none.

    ``details`` is the JSON of ``service.Details``; ``version`` counts every change that a page or a mail may show.
    ``risk_notes`` are read by few, and each reading is in the activity log.
    """

    __tablename__ = "defenders"
    __table_args__ = (UniqueConstraint("organisation_id", "slug"),)

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    slug: Mapped[str | None] = mapped_column(String(60))
    version: Mapped[int] = mapped_column(default=1)
    details_sealed: Mapped[bytes | None]
    details = Sealed()
    risk_notes_sealed: Mapped[bytes | None]
    risk_notes = Sealed()
    held_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class DefenderReview(HasUid, Base):
    """One review of a defender's case; added, never changed. ``words``: who gave consent and to what, or what was
    checked. ``scope`` is what a consent allows to publish (``rules.Publish``)."""

    __tablename__ = "defender_reviews"
    __table_args__ = (Index(None, "defender_id", "kind"),)

    defender_id: Mapped[int] = mapped_column(ForeignKey("defenders.id"))
    kind: Mapped[ReviewKind]
    reviewed_on: Mapped[date] = mapped_column(Date)
    until: Mapped[date | None] = mapped_column(Date)
    passed: Mapped[bool]
    scope: Mapped[list[str]] = mapped_column(JSON, default=list, server_default=text("'[]'"))
    words_sealed: Mapped[bytes | None]
    words = Sealed()
    created_at: Mapped[datetime]


class CaseEvent(HasUid, Base):
    """One event of a timeline; ``texts`` is JSON by language. Events of one day may contradict each other.

    ``copy`` is the source's text as it was given, and ``source_hash`` the SHA-256 of that text or of its file;
    ``checked_hash`` is that of the source when it was last looked at again, at ``checked_at``.
    """

    __tablename__ = "case_events"

    defender_id: Mapped[int] = mapped_column(ForeignKey("defenders.id"), index=True)
    happened_on: Mapped[date] = mapped_column(Date)
    precision: Mapped[DatePrecision]
    texts_sealed: Mapped[bytes | None]
    texts = Sealed()
    source_sealed: Mapped[bytes | None]
    source = Sealed()
    source_hash: Mapped[str | None] = mapped_column(String(64))
    copy_sealed: Mapped[bytes | None]
    copy = Sealed()
    checked_at: Mapped[datetime | None]
    checked_hash: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime]

    @property
    def when(self) -> PartialDate:
        return PartialDate(self.happened_on, self.precision)


class DefenderPicture(HasUid, Base):
    """A picture of a defender that somebody agreed to publish: ``consent`` says who, ``alternatives`` is JSON of the
    alternative texts by language."""

    __tablename__ = "defender_pictures"
    __table_args__ = (UniqueConstraint("defender_id", "picture_id"),)

    defender_id: Mapped[int] = mapped_column(ForeignKey("defenders.id"))
    picture_id: Mapped[int] = mapped_column(ForeignKey("pictures.id"))
    consented_on: Mapped[date] = mapped_column(Date)
    consent_sealed: Mapped[bytes | None]
    consent = Sealed()
    alternatives_sealed: Mapped[bytes | None]
    alternatives = Sealed()
    created_at: Mapped[datetime]


class GateLimits(HasId, Base):
    """For how many days each kind of review counts in an organisation; without a row, as ``rules.Limits`` says."""

    __tablename__ = "gate_limits"

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), unique=True)
    consent: Mapped[int]
    verification: Mapped[int]
    risk: Mapped[int]


class RiskReader(HasId, Base):
    """A colleague who may read the risk notes of an organisation's defenders; ends with their membership."""

    __tablename__ = "risk_readers"

    membership_id: Mapped[int] = mapped_column(ForeignKey("memberships.id", ondelete="CASCADE"), unique=True)
    created_at: Mapped[datetime]
