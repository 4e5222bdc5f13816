"""Events and the points of their programmes."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from mobilize.core.crypto import Sealed
from mobilize.core.db import Base, HasUid
from mobilize.core.when import Precision, When


class EventStatus(StrEnum):
    """What became of it since it was announced; whether it is over is derived from its time."""

    SCHEDULED = "scheduled"
    POSTPONED = "postponed"
    RESCHEDULED = "rescheduled"
    MOVED_ONLINE = "moved_online"
    CANCELLED = "cancelled"


class Attendance(StrEnum):
    """Where people take part."""

    VENUE = "venue"
    ONLINE = "online"
    BOTH = "both"


class Event(HasUid, Base):
    """Something that happens at a time. Texts are by language; ``organisers`` and ``partners`` one a line.

    ``version`` counts every change, ``sequence`` those that calendars have to be told (RFC 5546, 2.1.4): time, place,
    status. The ``previous_…`` columns are the moment that was announced before the last move or postponement.
    ``stream_url`` goes only to people who are registered to take part online: no page and no calendar shows it.
    """

    __tablename__ = "events"
    __table_args__ = (
        UniqueConstraint("organisation_id", "slug"),
        Index("ix_events_organisation_id_starts_at", "organisation_id", "starts_at"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    slug: Mapped[str] = mapped_column(String(60))
    version: Mapped[int] = mapped_column(default=1)
    sequence: Mapped[int] = mapped_column(default=0)
    titles: Mapped[dict[str, str]] = mapped_column(JSON)
    summaries: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    texts: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    audiences: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    organisers: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    partners: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)

    precision: Mapped[Precision]
    timezone: Mapped[str] = mapped_column(String(60))
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    previous_precision: Mapped[Precision | None]
    previous_starts_at: Mapped[datetime | None]
    previous_ends_at: Mapped[datetime | None]

    attendance: Mapped[Attendance]
    venues: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    venue_address: Mapped[str] = mapped_column(Text, default="")
    stream_url_sealed: Mapped[bytes | None]
    stream_url = Sealed()

    status: Mapped[EventStatus] = mapped_column(default=EventStatus.SCHEDULED)
    reasons: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    status_changed_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]

    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    @property
    def when(self) -> When:
        return When(self.precision, self.timezone, self.starts_at, self.ends_at)

    def is_over(self, now: datetime) -> bool:
        """A postponed event is still to come, on a date that nobody knows yet."""
        return self.status is not EventStatus.POSTPONED and self.when.is_over(now)

    @property
    def previous(self) -> When | None:
        """When it was to be before it was moved or postponed."""
        if self.previous_precision is None:
            return None
        return When(self.previous_precision, self.timezone, self.previous_starts_at, self.previous_ends_at)


class AgendaPoint(HasUid, Base):
    """One point of a programme, in ``position`` order."""

    __tablename__ = "agenda_points"

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"), index=True)
    position: Mapped[int]
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    titles: Mapped[dict[str, str]] = mapped_column(JSON)
    details: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    room: Mapped[str] = mapped_column(String(120), default="")


class SpeakerPart(StrEnum):
    """As what somebody takes part in a point of a programme."""

    SPEAKER = "speaker"
    PANELLIST = "panellist"
    MODERATOR = "moderator"


class Speaker(HasUid, Base):
    """Somebody at a point of a programme, in ``position`` order; texts are by language.

    ``functions`` are what they are elsewhere ("state secretary"), ``organisations`` for whom. Without a name it is the
    organisation that takes part, whoever comes for it.
    """

    __tablename__ = "speakers"

    point_id: Mapped[int] = mapped_column(ForeignKey("agenda_points.id"), index=True)
    position: Mapped[int]
    part: Mapped[SpeakerPart]
    names: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    functions: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    organisations: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)


class EventPicture(HasUid, Base):
    """A picture of an event, in ``position`` order, with alternative text and caption by language."""

    __tablename__ = "event_pictures"
    __table_args__ = (UniqueConstraint("event_id", "picture_id"),)

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"))
    picture_id: Mapped[int] = mapped_column(ForeignKey("pictures.id"))
    position: Mapped[int]
    alternative_texts: Mapped[dict[str, str]] = mapped_column(JSON)
    captions: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
