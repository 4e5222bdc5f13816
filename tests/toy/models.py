"""Tables of fairs."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from mobilize.core.db import Base, HasId, HasUid


class Fair(HasUid, Base):
    """A day at a place; ``version`` rises with each change that readers of a mailing have to know."""

    __tablename__ = "fairs"
    __table_args__ = (UniqueConstraint("organisation_id", "slug"),)

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    slug: Mapped[str] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(String(200))
    begins_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    is_over: Mapped[bool] = mapped_column(default=False)


class Registration(HasId, Base):
    """Somebody who confirmed that they come."""

    __tablename__ = "fair_registrations"
    __table_args__ = (UniqueConstraint("fair_id", "recipient_id"),)

    fair_id: Mapped[int] = mapped_column(ForeignKey("fairs.id"))
    recipient_id: Mapped[int] = mapped_column(ForeignKey("recipients.id"))
    guests: Mapped[int]
