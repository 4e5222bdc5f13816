"""An organisation, the addresses it sends from, the keys that sign for their domains, its mail server and its pace."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from mobilize.core.crypto import Sealed
from mobilize.core.db import Base, HasId, HasUid


class Organisation(HasUid, Base):
    """Who owns everything below it; ``accent`` is ``#rrggbb``, ``timezone`` an IANA zone.

    ``names``, ``descriptions`` and ``postal_addresses`` hold what was written, by language.
    ``most_mails`` newsletters and appeals a person gets in ``most_mails_days`` days; null: any number.
    At most one row has ``is_installation``: see ``organisations.installation``.
    """

    __tablename__ = "organisations"
    __table_args__ = (
        Index(
            "ix_organisations_installation",
            "is_installation",
            unique=True,
            postgresql_where=text("is_installation"),
            sqlite_where=text("is_installation"),
        ),
    )

    slug: Mapped[str] = mapped_column(String(60), unique=True)
    names: Mapped[dict[str, str]] = mapped_column(JSON, default=dict, server_default=text("'{}'"))
    descriptions: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    default_language: Mapped[str] = mapped_column(String(12))
    languages: Mapped[list[str]] = mapped_column(JSON)
    timezone: Mapped[str] = mapped_column(String(60))
    accent: Mapped[str] = mapped_column(String(7))
    postal_addresses: Mapped[dict[str, str]] = mapped_column(JSON, default=dict, server_default=text("'{}'"))
    website: Mapped[str] = mapped_column(String(300), default="")
    most_mails: Mapped[int | None]
    most_mails_days: Mapped[int] = mapped_column(default=7, server_default=text("7"))
    is_demonstration: Mapped[bool] = mapped_column(default=False)
    is_installation: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[datetime]


class SendingIdentity(HasUid, Base):
    """A From address of an organisation, with its display name by language; exactly one is its default."""

    __tablename__ = "sending_identities"
    __table_args__ = (UniqueConstraint("organisation_id", "address"),)

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    names: Mapped[dict[str, str]] = mapped_column(JSON, default=dict, server_default=text("'{}'"))
    address: Mapped[str] = mapped_column(String(254))
    reply_to: Mapped[str] = mapped_column(String(254), default="")
    is_default: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]


class SenderProof(HasId, Base):
    """Why an organisation may send from somewhere: seen in DNS, or the operator's word.

    ``scope`` is a normalised address, or ``@`` and a domain in its canonical form (``core.domains``).
    """

    __tablename__ = "sender_proofs"
    __table_args__ = (UniqueConstraint("organisation_id", "scope"),)

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    scope: Mapped[str] = mapped_column(String(320))
    source: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[datetime]


_ACTIVE = text("activated_at IS NOT NULL AND retired_at IS NULL")


class DkimKey(HasUid, Base):
    """A signing key of a domain (RFC 6376): made, activated once its record is published, retired by the next one."""

    __tablename__ = "dkim_keys"
    __table_args__ = (
        UniqueConstraint("organisation_id", "domain", "selector"),
        Index(None, "domain"),
        Index(
            "ix_dkim_keys_active",
            "organisation_id",
            "domain",
            unique=True,
            postgresql_where=_ACTIVE,
            sqlite_where=_ACTIVE,
        ),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    domain: Mapped[str] = mapped_column(String(254))
    selector: Mapped[str] = mapped_column(String(63))
    private_key_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    private_key = Sealed()
    created_at: Mapped[datetime]
    activated_at: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]


class MailServer(HasUid, Base):
    """An SMTP server of the organisation's own; ``url`` as in ``delivery.smtp.settings``, sealed for its password."""

    __tablename__ = "mail_servers"

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), unique=True)
    url_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    url = Sealed()
    changed_at: Mapped[datetime]


class SendingRate(HasId, Base):
    """How many mails a second may leave for ``domain`` (ASCII, lower case), or, where it is "", in all."""

    __tablename__ = "sending_rates"
    __table_args__ = (UniqueConstraint("organisation_id", "domain"),)

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    domain: Mapped[str] = mapped_column(String(254))
    per_second: Mapped[float]
