"""Subscribers, the lists they are on, and the append-only ledger of what they agreed to."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from mobilize.core.db import Base, HasId, HasUid


class SubscriptionState(StrEnum):
    SUBSCRIBED = "subscribed"
    LEFT = "left"


class ConsentAction(StrEnum):
    GIVEN = "given"
    WITHDRAWN = "withdrawn"


class MailingList(HasUid, Base):
    """A topic one can subscribe to; names and descriptions by language. Private lists show on no public page."""

    __tablename__ = "lists"
    __table_args__ = (UniqueConstraint("organisation_id", "slug"),)

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    slug: Mapped[str] = mapped_column(String(60))
    names: Mapped[dict[str, str]] = mapped_column(JSON)
    descriptions: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    is_public: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]


class Subscriber(HasUid, Base):
    """A recipient who agreed to something."""

    __tablename__ = "subscribers"

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    recipient_id: Mapped[int] = mapped_column(ForeignKey("recipients.id"), unique=True)
    created_at: Mapped[datetime]


class Subscription(HasId, Base):
    """person × list × state. Whoever changes it to left holds the person first, and revokes ledger rows after it."""

    __tablename__ = "subscriptions"
    __table_args__ = (UniqueConstraint("recipient_id", "list_id"), Index(None, "list_id", "state", "recipient_id"))

    recipient_id: Mapped[int] = mapped_column(ForeignKey("recipients.id"))
    list_id: Mapped[int] = mapped_column(ForeignKey("lists.id"))
    state: Mapped[SubscriptionState]
    changed_at: Mapped[datetime]


class Consent(HasId, Base):
    """Who agreed to what wording, when, how, with what proof. Never updated or deleted, except by erasure.

    Erasure sets ``recipient_id`` to null and keeps ``person_hash``, the keyed hash of the address.
    """

    __tablename__ = "consents"
    __table_args__ = (Index(None, "recipient_id", "at"),)

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    recipient_id: Mapped[int | None] = mapped_column(ForeignKey("recipients.id"))
    person_hash: Mapped[bytes] = mapped_column(LargeBinary(16))
    list_id: Mapped[int | None] = mapped_column(ForeignKey("lists.id"))
    action: Mapped[ConsentAction]
    method: Mapped[str] = mapped_column(String(30))
    wording: Mapped[str] = mapped_column(Text, default="")
    wording_version: Mapped[int | None]
    language: Mapped[str] = mapped_column(String(12))
    proof: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    at: Mapped[datetime]
