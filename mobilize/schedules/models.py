"""Rules tied to a moment, and what they have sent or missed."""

from __future__ import annotations

from datetime import datetime, time
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from mobilize.core.db import Base, HasId, HasUid
from mobilize.schedules.offsets import Offset


class OccurrenceState(StrEnum):
    """What became of one firing. ``REVOKED``: what had not left was stopped, because the moment changed."""

    SENT = "sent"
    MISSED = "missed"
    REVOKED = "revoked"


class Rule(HasUid, Base):
    """When to send what, counted from a ``moment`` of an ``anchor`` (``kind:uid``).

    The offset is ``minutes`` from the moment, or, where ``at_time`` (``HH:MM``) is set, ``days`` from its local day at
    that time. ``template_id`` is the mailing whose copies are sent, to the people that it names. ``armed_at`` is null
    while the rule sends nothing. Later than ``lateness`` minutes after its moment nothing is sent any more.
    ``may_be_past``: somebody was shown that it was due already, and pressed.
    """

    __tablename__ = "rules"
    __table_args__ = (Index(None, "organisation_id", "anchor"),)

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    anchor: Mapped[str] = mapped_column(String(60))
    moment: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(200))
    days: Mapped[int] = mapped_column(default=0)
    at_time: Mapped[str] = mapped_column(String(5), default="")
    minutes: Mapped[int] = mapped_column(default=0)
    lateness: Mapped[int]
    is_urgent: Mapped[bool] = mapped_column(default=True)
    template_id: Mapped[int] = mapped_column(ForeignKey("mailings.id"))
    armed_at: Mapped[datetime | None]
    may_be_past: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    @property
    def offset(self) -> Offset:
        return Offset(self.minutes, self.days, time.fromisoformat(self.at_time) if self.at_time else None)


class CalendarLink(HasUid, Base):
    """The address at which a colleague's calendar program reads what goes out, until ``revoked_at``."""

    __tablename__ = "calendar_links"
    __table_args__ = (Index(None, "user_id", "organisation_id"),)

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Occurrence(HasId, Base):
    """One firing of a rule for the moment ``moment_at``; ``number`` counts those of a rule from 1.

    ``mailing_id`` is what was sent; null where nothing was, for the ``reason``.
    """

    __tablename__ = "occurrences"
    __table_args__ = (UniqueConstraint("rule_id", "number"),)

    rule_id: Mapped[int] = mapped_column(ForeignKey("rules.id"))
    number: Mapped[int]
    moment_at: Mapped[datetime]
    due_at: Mapped[datetime]
    state: Mapped[OccurrenceState]
    reason: Mapped[str] = mapped_column(String(40), default="")
    mailing_id: Mapped[int | None] = mapped_column(ForeignKey("mailings.id"), index=True)
    at: Mapped[datetime]
