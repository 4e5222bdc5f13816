"""Appeals, whom they are for, and their numbers. What an appeal says is sealed: a draft may never be public."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, Date, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from mobilize.appeals import models as models
from mobilize.appeals.appeal.rules import AppealState, Outcome
from mobilize.core.crypto import Sealed
from mobilize.core.db import Base, HasId, HasUid


class Appeal(HasUid, Base):
    """A call for one or more defenders. ``draft`` and ``published`` are JSON of ``rules.Words``.

    ``year`` and ``number`` are its reference, given when it is first published; ``furthers`` counts the further
    information that was published since. ``version`` counts what pages and mail may show, not edits of the draft.
    ``writers`` are the actors who changed the draft since it was last published: none of them approves it.
    ``approved_fingerprint`` is that of the draft a second person approved, empty after every edit.
    ``published_additions`` are the calls to action that were approved with what is public, by ref, with fingerprint.
    """

    __tablename__ = "appeals"
    __table_args__ = (
        UniqueConstraint("organisation_id", "slug"),
        UniqueConstraint("organisation_id", "year", "number"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    slug: Mapped[str] = mapped_column(String(60))
    version: Mapped[int] = mapped_column(default=1)
    state: Mapped[AppealState] = mapped_column(default=AppealState.DRAFT)
    year: Mapped[int | None]
    number: Mapped[int | None]
    furthers: Mapped[int] = mapped_column(default=0)
    supersedes_id: Mapped[int | None] = mapped_column(ForeignKey("appeals.id"))
    timezone: Mapped[str] = mapped_column(String(60))
    act_until: Mapped[date | None] = mapped_column(Date)
    outcome: Mapped[Outcome | None]
    draft_sealed: Mapped[bytes | None]
    draft = Sealed()
    published_sealed: Mapped[bytes | None]
    published = Sealed()
    writers: Mapped[list[str]] = mapped_column(JSON, default=list)
    asked_by: Mapped[str | None] = mapped_column(String(40))
    approved_by: Mapped[str | None] = mapped_column(String(40))
    approved_fingerprint: Mapped[str | None] = mapped_column(String(64))
    published_additions: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    published_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class AppealDefender(HasId, Base):
    """Somebody an appeal is for; fixed once the appeal was published."""

    __tablename__ = "appeal_defenders"
    __table_args__ = (UniqueConstraint("appeal_id", "defender_id"),)

    appeal_id: Mapped[int] = mapped_column(ForeignKey("appeals.id"))
    defender_id: Mapped[int] = mapped_column(ForeignKey("defenders.id"), index=True)


class FurtherInformation(HasUid, Base):
    """What was published about an appeal later; ``texts`` is JSON by language."""

    __tablename__ = "appeal_furthers"
    __table_args__ = (UniqueConstraint("appeal_id", "number"),)

    appeal_id: Mapped[int] = mapped_column(ForeignKey("appeals.id"))
    number: Mapped[int]
    texts_sealed: Mapped[bytes | None]
    texts = Sealed()
    published_at: Mapped[datetime]


class AppealSeries(HasId, Base):
    """The last number that an organisation gave in a year."""

    __tablename__ = "appeal_series"
    __table_args__ = (UniqueConstraint("organisation_id", "year"),)

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    year: Mapped[int]
    last: Mapped[int] = mapped_column(default=0)
