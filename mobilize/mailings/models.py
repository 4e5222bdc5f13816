"""What a campaigner writes for an audience, in one or more languages."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, Dialect, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from mobilize.audiences.audience import Audience
from mobilize.core.db import Base, HasUid
from mobilize.delivery.variants import Variant, as_json, from_json


class MailingState(StrEnum):
    """Until launch the mailing rules; from then on its message's state does (see ``queries.shown_state``)."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    LAUNCHED = "launched"
    CANCELLED = "cancelled"
    TEMPLATE = "template"
    """What a rule sends copies of; it is never sent itself."""


class ByVariant(TypeDecorator[dict[Variant, int]]):
    """The content of each variant."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: dict[Variant, int] | None, _dialect: Dialect) -> Any:
        return as_json(value or {})

    def process_result_value(self, value: Any, _dialect: Dialect) -> dict[Variant, int]:
        """An outer join gives null where there is no mailing at all."""
        return {} if value is None else from_json(value)


class Mailing(HasUid, Base):
    """``sender_name`` is blank where the organisation's own is meant, in each language.

    ``content`` has the shape of a content file's ``languages``; ``selection`` is what ``to_whom`` is stored as.

    ``send_at`` is UTC, ``send_zone`` the IANA zone in which it was chosen. ``launch_cursor`` is the last recipient
    whose page is in the ledger; it is null before and after preparing. One that belongs to the demonstration leaves
    only into the embedded inbox. ``frozen`` gives the content row of each variant from launch on. ``audience`` grows
    with each page by the people read from their subscriptions, so that the ledger can be held against it.
    ``erased_leavings`` are people who got it, unsubscribed within a week, and were erased since.
    ``origin`` names what made it, and leads back to it (``rule:<uid>``); blank where a campaigner wrote it.
    ``problem`` says why a launch was given up, after which the mailing is a draft again; of one that is being launched,
    why it stopped on the way.
    """

    __tablename__ = "mailings"
    __table_args__ = (Index(None, "organisation_id", "created_at"), Index(None, "state", "send_at"))

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    name: Mapped[str] = mapped_column(String(200))
    sender_name: Mapped[str] = mapped_column(String(200))
    sender_address: Mapped[str] = mapped_column(String(254))
    default_language: Mapped[str] = mapped_column(String(12))
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    selection: Mapped[dict[str, Any]] = mapped_column(JSON)
    is_urgent: Mapped[bool] = mapped_column(default=False)
    is_demonstration: Mapped[bool] = mapped_column(default=False)
    state: Mapped[MailingState]
    version: Mapped[int] = mapped_column(default=1)
    send_at: Mapped[datetime | None]
    send_zone: Mapped[str] = mapped_column(String(60), default="UTC")
    message_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"), unique=True)
    launch_cursor: Mapped[int | None] = mapped_column(BigInteger)
    frozen: Mapped[dict[Variant, int]] = mapped_column(ByVariant, default=dict)
    audience: Mapped[int] = mapped_column(BigInteger, default=0)
    erased_leavings: Mapped[int] = mapped_column(default=0, server_default="0")
    problem: Mapped[str] = mapped_column(String(300), default="")
    origin: Mapped[str] = mapped_column(String(60), default="", server_default="")
    created_at: Mapped[datetime]
    launched_at: Mapped[datetime | None]

    @property
    def to_whom(self) -> Audience:
        """Who gets it."""
        return Audience.from_json(self.organisation_id, self.selection)

    @to_whom.setter
    def to_whom(self, audience: Audience) -> None:
        self.selection = audience.to_json()
