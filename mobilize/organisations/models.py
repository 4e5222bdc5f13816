"""An organisation, the addresses it sends from and the keys that sign for their domains."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from mobilize.core.crypto import Sealed
from mobilize.core.db import Base, HasUid


class Organisation(HasUid, Base):
    """Who owns everything below it. Texts are by language; ``accent`` is ``#rrggbb``; ``timezone`` an IANA zone."""

    __tablename__ = "organisations"

    slug: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    descriptions: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    default_language: Mapped[str] = mapped_column(String(12))
    languages: Mapped[list[str]] = mapped_column(JSON)
    timezone: Mapped[str] = mapped_column(String(60))
    accent: Mapped[str] = mapped_column(String(7))
    postal_address: Mapped[str] = mapped_column(Text, default="")
    website: Mapped[str] = mapped_column(String(300), default="")
    is_demonstration: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]


class SendingIdentity(HasUid, Base):
    """A From address of an organisation; exactly one is its default."""

    __tablename__ = "sending_identities"
    __table_args__ = (UniqueConstraint("organisation_id", "address"),)

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    name: Mapped[str] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(String(254))
    reply_to: Mapped[str] = mapped_column(String(254), default="")
    is_default: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]


class DkimKey(HasUid, Base):
    """A signing key of a domain (RFC 6376); the newest that is not retired signs."""

    __tablename__ = "dkim_keys"
    __table_args__ = (UniqueConstraint("organisation_id", "domain", "selector"), Index(None, "domain"))

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    domain: Mapped[str] = mapped_column(String(254))
    selector: Mapped[str] = mapped_column(String(63))
    private_key_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    private_key = Sealed()
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
