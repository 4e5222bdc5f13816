"""The append-only trail of who changed what. No row is ever updated or deleted, and none holds an address."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from mobilize.core import clock
from mobilize.core.db import Base, HasId, session

_actor: ContextVar[str] = ContextVar("actor", default="system")


class AuditEntry(HasId, Base):
    """One change; ``subject`` is ``kind:<uid>``.

    ``actor``: ``user:<uid>``, ``link:<purpose>`` (see ``core.identities``), ``command``, ``visitor`` or ``system``.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (Index(None, "organisation_id", "at"), Index(None, "subject"))

    organisation_id: Mapped[int | None]
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(40))
    action: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(60))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)


def record(action: str, *, organisation_id: int | None, subject: str, **facts: Any) -> None:
    """Add one entry to the current unit; ``facts`` are plain values without personal data."""
    session.add(
        AuditEntry(
            organisation_id=organisation_id,
            at=clock.now(),
            actor=_actor.get(),
            action=action,
            subject=subject,
            facts=facts,
        )
    )


def set_actor(actor: str) -> None:
    """Name who acts for the rest of this context (a request)."""
    _actor.set(actor)


@contextmanager
def acting_as(actor: str) -> Iterator[None]:
    """Name who acts within the block (a command, a task)."""
    token = _actor.set(actor)
    try:
        yield
    finally:
        _actor.reset(token)
