"""Sign-up forms, their versioned consent wordings, and sign-ups that wait for confirmation."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from mobilize.core.crypto import Sealed
from mobilize.core.db import Base, HasId, HasUid


class SignupForm(HasUid, Base):
    """What one public form asks; texts by language; ``list_ids`` in the order shown."""

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
    created_at: Mapped[datetime]


class ConsentWording(HasId, Base):
    """One version of what a form's visitors agree to, by language; a change makes a new version."""

    __tablename__ = "consent_wordings"
    __table_args__ = (UniqueConstraint("form_id", "version"),)

    form_id: Mapped[int] = mapped_column(ForeignKey("signup_forms.id"))
    version: Mapped[int]
    texts: Mapped[dict[str, str]] = mapped_column(JSON)
    created_at: Mapped[datetime]


class SignupRequest(HasUid, Base):
    """A sign-up that waits for its confirmation; what was typed is sealed and used only then.

    ``names`` is sealed JSON: first_name, last_name. ``ends_at`` is when it is forgotten unless confirmed.
    """

    __tablename__ = "signup_requests"
    __table_args__ = (UniqueConstraint("form_id", "recipient_id"), Index(None, "ends_at"))

    form_id: Mapped[int] = mapped_column(ForeignKey("signup_forms.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    recipient_id: Mapped[int] = mapped_column(ForeignKey("recipients.id"), index=True)
    wording_id: Mapped[int] = mapped_column(ForeignKey("consent_wordings.id"))
    list_ids: Mapped[list[int]] = mapped_column(JSON)
    language: Mapped[str] = mapped_column(String(12))
    names_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    names = Sealed()
    asked_at: Mapped[datetime]
    mails_sent: Mapped[int] = mapped_column(default=0)
    ends_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]


class UsedChallenge(Base):
    """An ALTCHA challenge that was answered: an answer counts once, even when Redis was flushed."""

    __tablename__ = "used_challenges"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    ends_at: Mapped[datetime] = mapped_column(index=True)
