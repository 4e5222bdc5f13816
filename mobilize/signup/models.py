"""Sign-up forms and their versioned consent wordings."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from mobilize.core.db import Base, HasId, HasUid


class SignupForm(HasUid, Base):
    """What one public form asks; texts by language; ``list_ids`` in the order shown.

    ``question_ids`` are fields of the organisation, shown in the order that the organisation gives them.
    """

    __tablename__ = "signup_forms"
    __table_args__ = (UniqueConstraint("organisation_id", "slug"),)

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    slug: Mapped[str] = mapped_column(String(60))
    titles: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    introductions: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    thanks: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    list_ids: Mapped[list[int]] = mapped_column(JSON)
    asks_first_name: Mapped[bool] = mapped_column(default=True)
    asks_last_name: Mapped[bool] = mapped_column(default=False)
    question_ids: Mapped[list[int]] = mapped_column(JSON, default=list)
    created_at: Mapped[datetime]


class ConsentWording(HasId, Base):
    """One version of what a form's visitors agree to, by language; a change makes a new version."""

    __tablename__ = "consent_wordings"
    __table_args__ = (UniqueConstraint("form_id", "version"),)

    form_id: Mapped[int] = mapped_column(ForeignKey("signup_forms.id"))
    version: Mapped[int]
    texts: Mapped[dict[str, str]] = mapped_column(JSON)
    created_at: Mapped[datetime]
