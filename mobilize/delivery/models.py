"""The ledger's tables. A claim reads only these; features above point down to them.

recipients  whom mail can reach          contents  what is sent in one variant, frozen and hashed
messages    what is sent, and its state  deliveries  the ledger: one message to one recipient, UNIQUE
claims      which worker holds which rows, and until when
message_holds    why a message waits
content_changes  which content took another's place in a message
message_sources  what a message's contents were taken from
returns     what came back to a delivery  return_counts  what came back in all, by day
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Computed,
    Date,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from mobilize.core.crypto import Sealed
from mobilize.core.db import Base, BigId, HasId, HasUid


def _where(condition: str) -> dict[str, Any]:
    """What makes an index a partial one, on both databases."""
    return {"postgresql_where": text(condition), "sqlite_where": text(condition)}


class RecipientKind(StrEnum):
    """A person is whoever has to do with the organisation: subscriber, registrant, signer, applicant."""

    PERSON = "person"
    USER = "user"
    TARGET = "target"


class Stream(StrEnum):
    """Each but ``targets`` (letters to decision makers, drained by the background worker) has its own queue."""

    TRANSACTIONAL = "transactional"
    URGENT = "urgent"
    BULK = "bulk"
    TARGETS = "targets"


class MessageState(StrEnum):
    """``preparing`` until its first page of rows is in the ledger; only rows of ``sending`` messages are claimed.

    ``paused`` and ``halted`` follow from the causes that hold the message (``rules.live_state``) and are written in the
    same transaction, so that a claim and a window read one column.
    """

    PREPARING = "preparing"
    SENDING = "sending"
    PAUSED = "paused"
    HALTED = "halted"
    CANCELLED = "cancelled"
    FINISHED = "finished"


class HoldCause(StrEnum):
    """Why a message waits: a person paused it, servers refuse its sender, a live source changed, a feature's gate."""

    STAFF = "staff"
    REFUSAL = "refusal"
    SOURCE = "source"
    GATE = "gate"


class DeliveryState(StrEnum):
    """pending -> claimed -> attempting -> accepted | deferred | failed | suppressed | revoked | unknown."""

    PENDING = "pending"
    CLAIMED = "claimed"
    ATTEMPTING = "attempting"
    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


class SuppressionReason(StrEnum):
    WITHDRAWAL = "withdrawal"
    COMPLAINT = "complaint"
    HARD_BOUNCE = "hard-bounce"
    SOFT_BOUNCES = "soft-bounces"
    MANUAL = "manual"


class BasisKind(StrEnum):
    """Why somebody may be mailed: they are on a list, registered for something, or did something."""

    LIST = "list"
    REGISTRATION = "registration"
    ACT = "act"


class ReturnKind(StrEnum):
    """What a mail that came back says. ``DELAYED`` and what follows it changes nothing and is only counted."""

    HARD = "hard"
    SOFT = "soft"
    POLICY = "policy"
    COMPLAINT = "complaint"
    DELAYED = "delayed"
    AUTOMATIC = "automatic"
    CHALLENGE = "challenge"
    OTHER = "other"


class Recipient(HasUid, Base):
    """A mailbox in one organisation. ``contact`` is sealed JSON: email, first_name, last_name.

    From ``erased_at`` on the row stands for nobody: its contact is blank and its indexes are random, so that counts of
    the ledger stay and nothing leads from them to a person. Until ``paused_until`` the person gets no mailing, as they
    asked (see ``rules.pauses``).
    """

    __tablename__ = "recipients"
    __table_args__ = (
        UniqueConstraint("organisation_id", "kind", "address_index"),
        # Segments by language, and everybody but those of whom something is true, are read from this index alone.
        Index("ix_recipients_language", "organisation_id", "kind", "language", "id", **_where("erased_at IS NULL")),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    kind: Mapped[RecipientKind]
    contact_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    contact = Sealed()
    address_index: Mapped[bytes] = mapped_column(LargeBinary(16), index=True)
    domain_index: Mapped[bytes] = mapped_column(LargeBinary(16))
    language: Mapped[str] = mapped_column(String(12))
    paused_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]


class Suppression(HasId, Base):
    """An address that this organisation does not mail: survives imports, sign-ups and erasure."""

    __tablename__ = "suppressions"
    __table_args__ = (UniqueConstraint("organisation_id", "address_index"),)

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    address_index: Mapped[bytes] = mapped_column(LargeBinary(16))
    reason: Mapped[SuppressionReason]
    source: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime]


class Content(HasId, Base):
    """The frozen source of one variant; ``digest`` is SHA-256 of its canonical JSON. Never changed.

    ``created_at`` is when it was frozen, or frozen once more after a while (``contents.FRESH``).
    """

    __tablename__ = "contents"
    __table_args__ = (UniqueConstraint("organisation_id", "digest"), Index(None, "created_at"))

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    language: Mapped[str] = mapped_column(String(12))
    source: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime]


class Message(HasUid, Base):
    """A launched mailing or one transactional mail.

    ``anchor`` (``kind:uid``) names what it hangs on; ``dedupe_key`` makes a repeated request one mail; ``bases``
    are what entitles its recipients to it, as ``[kind, id]`` (see ``bases.Basis``). ``ended_by`` names the act
    (``kind:uid``) after which a person needs it no more. ``prepared`` grows with each page of the launch;
    ``audience`` is null until the last one. ``list_header`` is the dotted identifier of List-Id (RFC 2919).
    ``person_asked``: its recipient caused it (a confirmation, a reset), so that no suppression holds it back.
    ``final`` is what became of its copies, written before their rows go (``retention``), at ``emptied_at`` the last.
    """

    __tablename__ = "messages"
    __table_args__ = (
        Index(None, "anchor"),
        Index(None, "stream", "state"),
        Index("ix_messages_to_keep", "finished_at", **_where("final IS NULL")),
        Index("ix_messages_to_empty", "id", **_where("final IS NOT NULL AND emptied_at IS NULL")),
        Index("ix_messages_ended_by", "ended_by", **_where("ended_by IS NOT NULL")),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    stream: Mapped[Stream]
    state: Mapped[MessageState]
    state_reason: Mapped[str] = mapped_column(String(200), default="")
    anchor: Mapped[str] = mapped_column(String(60))
    anchor_version: Mapped[int] = mapped_column(default=1)
    dedupe_key: Mapped[str | None] = mapped_column(String(120), unique=True)
    sender_name: Mapped[str] = mapped_column(String(200))
    sender_address: Mapped[str] = mapped_column(String(254))
    reply_to: Mapped[str] = mapped_column(String(254), default="")
    list_header: Mapped[str] = mapped_column(String(200), default="")
    bases: Mapped[list[list[Any]]] = mapped_column(JSON, default=list)
    ended_by: Mapped[str | None] = mapped_column(String(80))
    person_asked: Mapped[bool] = mapped_column(default=False)
    prepared: Mapped[int] = mapped_column(BigInteger, default=0)
    audience: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    final: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    emptied_at: Mapped[datetime | None]


class MessageHold(HasId, Base):
    """One cause that holds a message; it sends only while there is none.

    ``reason`` is what a server said, or the gate's own words. ``sources`` are the live sources that changed, with the
    version of the change (cause ``source``).
    """

    __tablename__ = "message_holds"
    __table_args__ = (UniqueConstraint("message_id", "cause"),)

    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"))
    cause: Mapped[HoldCause]
    since: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(200), default="")
    sources: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)


class MessageSource(HasId, Base):
    """A live source (``"event:<uid>"``) that a message's contents show, with the version they were taken from."""

    __tablename__ = "message_sources"
    __table_args__ = (UniqueConstraint("message_id", "source"), Index(None, "source"))

    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"))
    source: Mapped[str] = mapped_column(String(60))
    version: Mapped[int]


class ContentChange(HasId, Base):
    """In one message, what waits for ``old_content_id`` gets ``new_content_id``: asked wherever a row waits again."""

    __tablename__ = "content_changes"
    __table_args__ = (UniqueConstraint("message_id", "old_content_id"),)

    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"))
    old_content_id: Mapped[int] = mapped_column(ForeignKey("contents.id"))
    new_content_id: Mapped[int] = mapped_column(ForeignKey("contents.id"))
    at: Mapped[datetime]


class Delivery(HasId, Base):
    """The ledger row of one message to one recipient.

    ``claim_id`` is the claim that holds the row: every later write names it, so a worker that lost its lease changes
    nothing. ``basis_kind`` and ``basis_id`` are what entitles the person; without an id the kind says nothing.
    ``facts`` are sealed JSON bound to the message's uid. ``calendar_key`` names the calendar entry that it carries: of
    one person's rows of a key only the latest is sent (see ``calendar_order``).
    ``return_key`` stands in the return path of a letter to a decision maker (see ``sending.return_path``).
    ``stop_reason``: why it must not be attempted again, set while it was on the wire or after it. ``reply_*`` is the
    server's last answer, without addresses.

    ``resting`` is the state while no worker holds the row and no server has it. No index knows ``state`` or
    ``claim_id``, only this: a row that goes from claimed to attempting and accepted is rewritten within its page
    (decision 12).
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("message_id", "recipient_id"),
        Index("ix_deliveries_resting", "stream", "resting", "message_id", "id", **_where("resting IS NOT NULL")),
        Index("ix_deliveries_deferred", "stream", "next_at", **_where("resting = 'deferred'")),
        Index("ix_deliveries_calendar", "recipient_id", "calendar_key", "id", **_where("calendar_key IS NOT NULL")),
        Index("ix_deliveries_return_key", "return_key", unique=True, **_where("return_key IS NOT NULL")),
        # Room in every page for the next versions of its rows.
        {"postgresql_with": {"fillfactor": 70}},
    )

    # No foreign keys: a launch would have three rows looked up and locked for each of a million (decision 11).
    message_id: Mapped[int]
    content_id: Mapped[int]
    recipient_id: Mapped[int] = mapped_column(index=True)
    stream: Mapped[Stream]
    basis_kind: Mapped[BasisKind] = mapped_column(server_default=BasisKind.LIST.value)
    basis_id: Mapped[int | None] = mapped_column(BigId)
    domain_index: Mapped[bytes] = mapped_column(LargeBinary(16))
    facts_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    calendar_key: Mapped[str | None] = mapped_column(String(80))
    return_key: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    state: Mapped[DeliveryState]
    resting: Mapped[str | None] = mapped_column(
        String(20),
        Computed("CASE WHEN state NOT IN ('claimed', 'attempting', 'accepted') THEN state END", persisted=True),
    )
    reason: Mapped[str] = mapped_column(String(40), default="")
    stop_reason: Mapped[str] = mapped_column(String(40), default="")
    claim_id: Mapped[int | None] = mapped_column(BigInteger)
    next_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    reply_code: Mapped[int | None]
    reply_status: Mapped[str] = mapped_column(String(12), default="")
    reply_text: Mapped[str] = mapped_column(String(300), default="")
    changed_at: Mapped[datetime]


class Claim(HasId, Base):
    """The rows that a worker holds, from the moment it takes them until it has recorded them all.

    ``id`` is drawn at random, never twice. The lease is the claim's: whoever finds it lapsed takes the claim away, and
    then those of its rows that still name it. The messages are those of its rows. ``lock_id`` is the lock that
    dies with the owner (null: it has none, and only the lease counts).
    """

    __tablename__ = "claims"

    owner: Mapped[str] = mapped_column(String(120), index=True)
    lease_until: Mapped[datetime]
    lock_id: Mapped[int | None]
    delivery_ids: Mapped[list[int]] = mapped_column(JSON)
    message_ids: Mapped[list[int]] = mapped_column(JSON)


class Link(HasId, Base):
    """An address in a content of a message; ``clicks`` counts all who open it, scanners included, and names no one.

    ``url_digest`` is SHA-256 of content and address, so that clicks can be told apart by language and variant. Links of
    messages that were launched when all contents of a message shared them have no content.
    """

    __tablename__ = "links"
    __table_args__ = (UniqueConstraint("message_id", "url_digest"),)

    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"))
    # No foreign key: an address outlives the content in which it stood.
    content_id: Mapped[int | None]
    url: Mapped[str] = mapped_column(Text)
    url_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    clicks: Mapped[int] = mapped_column(BigInteger, default=0)


class Return(HasId, Base):
    """A bounce or complaint about a delivery, once a kind. ``status`` is RFC 3463; no text of it is kept here."""

    __tablename__ = "returns"
    __table_args__ = (
        UniqueConstraint("delivery_id", "kind"),
        Index(None, "message_id", "kind"),
        Index(None, "recipient_id"),
    )

    delivery_id: Mapped[int] = mapped_column(ForeignKey("deliveries.id", ondelete="CASCADE"))
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"))
    recipient_id: Mapped[int] = mapped_column(ForeignKey("recipients.id", ondelete="CASCADE"))
    kind: Mapped[ReturnKind]
    status: Mapped[str] = mapped_column(String(12))
    at: Mapped[datetime]


class ReturnCount(HasId, Base):
    """How many mails came back on a day (UTC) with one outcome, in the whole installation; tells of no one."""

    __tablename__ = "return_counts"
    __table_args__ = (UniqueConstraint("day", "outcome"),)

    day: Mapped[date] = mapped_column(Date)
    outcome: Mapped[str] = mapped_column(String(20))
    number: Mapped[int] = mapped_column(BigInteger)
