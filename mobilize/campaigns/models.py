"""Campaigns, their documents, and what belongs to them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from mobilize.core.db import Base, HasId, HasUid
from mobilize.core.when import Precision, When


class Campaign(HasUid, Base):
    """An effort with a beginning and an end that may not be known yet. Texts are by language; partners one a line.

    ``budget`` is in whole units of ``currency`` (ISO 4217), ``countries`` are those it works in (ISO 3166-1 alpha-2).
    ``former_id`` is the edition from which this one was made.
    """

    __tablename__ = "campaigns"
    __table_args__ = (UniqueConstraint("organisation_id", "slug"),)

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    slug: Mapped[str] = mapped_column(String(60))
    version: Mapped[int] = mapped_column(default=1)
    languages: Mapped[list[str]] = mapped_column(JSON, default=list)
    titles: Mapped[dict[str, str]] = mapped_column(JSON)
    themes: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    texts: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    partners: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    budget: Mapped[int | None]
    currency: Mapped[str] = mapped_column(String(3), default="")
    countries: Mapped[list[str]] = mapped_column(JSON, default=list)

    precision: Mapped[Precision]
    timezone: Mapped[str] = mapped_column(String(60))
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]

    former_id: Mapped[int | None] = mapped_column(ForeignKey("campaigns.id"))
    published_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    @property
    def when(self) -> When:
        return When(self.precision, self.timezone, self.starts_at, self.ends_at)


class CampaignItem(HasId, Base):
    """Something that belongs to a campaign, by the kind that its feature gives and its uid: ``("event", uid)``."""

    __tablename__ = "campaign_items"
    __table_args__ = (UniqueConstraint("kind", "subject_uid"),)

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    subject_uid: Mapped[str] = mapped_column(String(26))


class CampaignDocument(HasUid, Base):
    """A document of a campaign under the name that readers see, in the language that it is written in."""

    __tablename__ = "campaign_documents"
    __table_args__ = (Index("ix_campaign_documents_campaign_id", "campaign_id", "position"),)

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"))
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id"))
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(12))
