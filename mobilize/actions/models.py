"""Calls to action, and the acts of those who followed them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from mobilize.core.crypto import Sealed
from mobilize.core.db import Base, HasUid


class ActionKind(StrEnum):
    """What people are asked to do."""

    PETITION = "petition"


class ActionState(StrEnum):
    """A draft is seen by staff only; a closed call takes no acts and its page says so."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"


class Shown(StrEnum):
    """What the target of a call sees of each person who acts."""

    NOTHING = "nothing"
    INITIALS = "initials"
    NAME = "name"
    ADDRESS = "address"


class ActOrigin(StrEnum):
    """How somebody acted: through the public page and its confirmation, or through their own link in a mailing."""

    PAGE = "page"
    MAIL = "mail"


class CallToAction(HasUid, Base):
    """One thing that people are asked to do; texts by language.

    ``about`` (``kind:uid``) is the case, event or campaign that it is for, empty without one; ``next_uid`` the call to
    which the thanks page leads. ``list_id`` is the list that the form offers in the words of ``wordings``, whose
    changes ``wording_version`` counts. ``version`` counts what blocks of mailings show. Acts lose their person
    ``keep_days`` after it closed; the number stays.
    """

    __tablename__ = "actions"
    __table_args__ = (UniqueConstraint("organisation_id", "slug"), Index(None, "organisation_id", "about"))

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    slug: Mapped[str] = mapped_column(String(60))
    kind: Mapped[ActionKind]
    state: Mapped[ActionState]
    about: Mapped[str] = mapped_column(String(60), default="")
    titles: Mapped[dict[str, str]] = mapped_column(JSON)
    addressees: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    texts: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    asks: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    thanks: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    shares: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    shows: Mapped[Shown]
    allows_second_name: Mapped[bool] = mapped_column(default=False)
    list_id: Mapped[int | None] = mapped_column(ForeignKey("lists.id"))
    wordings: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    wording_version: Mapped[int] = mapped_column(default=1)
    goal: Mapped[int | None]
    opens_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    next_uid: Mapped[str] = mapped_column(String(26), default="")
    keep_days: Mapped[int] = mapped_column(default=365)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    @property
    def ref(self) -> str:
        """``action:<uid>``, as the ledger, blocks and segments name it."""
        return f"action:{self.uid}"

    @property
    def refs(self) -> tuple[str, ...]:
        """What an act under it is an act for: itself, and what it is about."""
        return (self.ref, self.about) if self.about else (self.ref,)


class Act(HasUid, Base):
    """One confirmed act of one person; without ``recipient_id`` its person was forgotten, and it still counts.

    ``signer_key`` is a keyed hash of the mail address under the call's uid, ``name_key`` one of the name with it;
    ``seat`` is 1, or 2 for a second name at one address. They outlive erasure, so that nobody counts twice. ``wording``
    is what the page said that the target sees. ``name`` and ``place`` are what the target sees of the person. Since
    ``quiet_since`` they get no mail because of this act.
    """

    __tablename__ = "acts"
    __table_args__ = (
        UniqueConstraint("action_id", "signer_key", "seat"),
        Index(None, "recipient_id", "action_id"),
        Index(
            "ix_acts_of_people",
            "action_id",
            "recipient_id",
            postgresql_where=text("recipient_id IS NOT NULL"),
            sqlite_where=text("recipient_id IS NOT NULL"),
        ),
    )

    action_id: Mapped[int] = mapped_column(ForeignKey("actions.id"))
    recipient_id: Mapped[int | None] = mapped_column(ForeignKey("recipients.id"))
    signer_key: Mapped[bytes] = mapped_column(LargeBinary(16))
    name_key: Mapped[bytes] = mapped_column(LargeBinary(16))
    seat: Mapped[int] = mapped_column(default=1)
    language: Mapped[str] = mapped_column(String(12))
    origin: Mapped[ActOrigin]
    wording: Mapped[str] = mapped_column(Text, default="")
    name_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    name = Sealed()
    place_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    place = Sealed()
    country: Mapped[str] = mapped_column(String(2), default="")
    acted_at: Mapped[datetime]
    quiet_since: Mapped[datetime | None]
