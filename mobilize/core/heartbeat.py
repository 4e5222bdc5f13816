"""Signs of life, kept in SQL so that a broken Redis cannot hide a dead worker."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import String, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from mobilize.core.db import Base, HasId, session

ALIVE_FOR = timedelta(seconds=60)
SECONDS_BETWEEN_TICKS = 5.0


class Heartbeat(Base):
    """A worker process and the queue it serves."""

    __tablename__ = "heartbeats"

    worker: Mapped[str] = mapped_column(String(120), primary_key=True)
    queue: Mapped[str] = mapped_column(String(20))
    seen_at: Mapped[datetime]


class ClockState(HasId, Base):
    """The single row (id 1) that serialises ticks and tells when the last one ran."""

    __tablename__ = "clock_state"

    last_tick_at: Mapped[datetime | None]


def beat(worker: str, queue: str, now: datetime) -> None:
    """Say that ``worker`` lives, and forget workers unheard of for an hour."""
    session.merge(Heartbeat(worker=worker, queue=queue, seen_at=now))
    session.execute(delete(Heartbeat).where(Heartbeat.seen_at < now - timedelta(hours=1)))


def farewell(worker: str) -> None:
    """Remove a worker that ends in order."""
    session.execute(delete(Heartbeat).where(Heartbeat.worker == worker))


def live_queues(now: datetime) -> set[str]:
    """The queues that have at least one live worker."""
    return set(session.scalars(select(Heartbeat.queue).where(Heartbeat.seen_at > now - ALIVE_FOR)))


def last_tick() -> datetime | None:
    return session.scalar(select(ClockState.last_tick_at).where(ClockState.id == 1))
