"""Who comes to an event, and the form through which they register."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from mobilize.core.db import Base, HasId, HasUid
from mobilize.events.models import Attendance


class RegistrationState(StrEnum):
    """Whether somebody comes. The first three hold seats; ``lapsed`` is an offer that nobody took in time."""

    PENDING = "pending"
    REGISTERED = "registered"
    OFFERED = "offered"
    WAITING = "waiting"
    LAPSED = "lapsed"
    LEFT = "left"
    REMOVED = "removed"
    EVENT_CANCELLED = "event_cancelled"


class EntryChoice(StrEnum):
    """What somebody's calendar shows of an event: its name, a neutral title, or nothing. People share calendars."""

    EVENT = "event"
    APPOINTMENT = "appointment"
    MEETING = "meeting"
    BUSY = "busy"
    NONE = "none"


class RegistrationForm(HasId, Base):
    """How people register for an event. ``capacity`` is the room's: nothing limits who takes part online.

    ``opens_at`` and ``closes_at`` may be missing: it then opens with the page and closes with the event. ``sums`` are
    the counts by state that stay when the event's people are forgotten, ``keep_days`` after it.

    A full room offers its waiting list if it ``has_waiting_list``. A free seat is offered for ``offer_hours``, and to
    nobody in the last ``offer_stop_hours`` before the start. One registration holds up to ``largest_party`` seats.
    """

    __tablename__ = "registration_forms"

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"), unique=True)
    is_open: Mapped[bool]
    opens_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    capacity: Mapped[int | None]
    largest_party: Mapped[int] = mapped_column(default=1)
    has_waiting_list: Mapped[bool] = mapped_column(default=True)
    offer_hours: Mapped[int] = mapped_column(default=24)
    offer_stop_hours: Mapped[int] = mapped_column(default=48)
    wordings: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    keep_days: Mapped[int] = mapped_column(default=30)
    sums: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime]


class RegistrationGroup(HasUid, Base):
    """People whom the form addresses in words of their own, such as the members of one kind; texts by language.

    ``slug`` stands in the group's own link to the form. An ended group is offered no more; who chose it stays in it.
    """

    __tablename__ = "registration_groups"
    __table_args__ = (UniqueConstraint("event_id", "slug"),)

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"))
    slug: Mapped[str] = mapped_column(String(60))
    names: Mapped[dict[str, str]] = mapped_column(JSON)
    introductions: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    confirmations: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    position: Mapped[int] = mapped_column(default=0)
    ended_at: Mapped[datetime | None]


class Registration(HasUid, Base):
    """One person and one event. ``sequence`` is that of the last calendar entry mailed to them, -1 before the first.

    ``group_uid`` is the ``RegistrationGroup`` that they chose, empty without one.
    ``wording`` is what the page that they saw said of their data. It is for ``party`` people, all or none of them. A
    pending or offered one holds its seats until ``held_until``. ``waiting_since`` orders the waiting list.
    Since ``quiet_since`` they get no reminders; of changes they are told.
    """

    __tablename__ = "registrations"
    __table_args__ = (
        UniqueConstraint("event_id", "recipient_id"),
        Index("ix_registrations_held_until", "held_until"),
        Index("ix_registrations_ticket_hash", "ticket_hash"),
        Index(
            "ix_registrations_waiting",
            "event_id",
            "waiting_since",
            postgresql_where=text("state = 'waiting'"),
            sqlite_where=text("state = 'waiting'"),
        ),
    )

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"))
    recipient_id: Mapped[int] = mapped_column(ForeignKey("recipients.id"), index=True)
    state: Mapped[RegistrationState]
    attendance: Mapped[Attendance]
    language: Mapped[str] = mapped_column(String(12))
    wording: Mapped[str] = mapped_column(Text, default="")
    group_uid: Mapped[str] = mapped_column(String(26), default="")
    entry: Mapped[EntryChoice] = mapped_column(default=EntryChoice.EVENT)
    party: Mapped[int] = mapped_column(default=1)
    sequence: Mapped[int] = mapped_column(default=-1)
    ticket_hash: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    waiting_since: Mapped[datetime | None]
    held_until: Mapped[datetime | None]
    registered_at: Mapped[datetime | None]
    quiet_since: Mapped[datetime | None]
    changed_at: Mapped[datetime]


class EventSteward(HasId, Base):
    """A colleague who sees to one event; it ends with their membership of the organisation."""

    __tablename__ = "event_stewards"
    __table_args__ = (UniqueConstraint("event_id", "membership_id"), Index(None, "membership_id"))

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    membership_id: Mapped[int] = mapped_column(ForeignKey("memberships.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]


class DoorLink(HasUid, Base):
    """A link that opens the door page of one event; ``label`` says for staff where or with whom it is."""

    __tablename__ = "door_links"

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"), index=True)
    label: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class DoorScan(HasId, Base):
    """Somebody came in: with a ticket, or without one (no registration). ``nonce`` is the phone's name of the act.

    An undone one counts no more, and its ticket can be used again. It goes with its registration.
    """

    __tablename__ = "door_scans"
    __table_args__ = (UniqueConstraint("event_id", "nonce"),)

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"))
    door_link_id: Mapped[int] = mapped_column(ForeignKey("door_links.id"))
    registration_id: Mapped[int | None] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"), index=True)
    nonce: Mapped[str] = mapped_column(String(40))
    scanned_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]


class Addressed(StrEnum):
    """Which of those who registered the organiser writes to."""

    ALL = "all"
    ROOM = "room"
    ONLINE = "online"
    WAITING = "waiting"


class RegistrantMessage(HasUid, Base):
    """What the organiser wrote to people of an event; texts by language. ``message_uid`` is that of its ledger rows."""

    __tablename__ = "registrant_messages"

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"), index=True)
    addressed: Mapped[Addressed]
    subjects: Mapped[dict[str, str]] = mapped_column(JSON)
    texts: Mapped[dict[str, str]] = mapped_column(JSON)
    message_uid: Mapped[str] = mapped_column(String(26))
    sent_at: Mapped[datetime]
