"""The one source of "now". Everything below the edge takes ``now`` as a value or asks here.

In a rehearsal (``core.rehearsal``) every process of a throw-away installation adds what one file says, read each time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from pathlib import Path

_frozen: ContextVar[datetime | None] = ContextVar("frozen_clock", default=None)
_offset_file: Path | None = None


def rehearse(offset_file: Path | None) -> None:
    """Add the seconds that stand in ``offset_file`` in this process from now on; ``None``: the machine's own time."""
    global _offset_file
    _offset_file = offset_file


def now() -> datetime:
    """The current moment, aware, in UTC."""
    return _frozen.get() or datetime.now(UTC) + _offset()


def of_the_machine(now: datetime) -> datetime:
    """``now`` for what only time that really passes may end, such as a lease: a rehearsal moves it not."""
    return now if _offset_file is None else datetime.now(UTC)


def is_rehearsed() -> bool:
    """Whether this process's clock is moved by a rehearsal."""
    return _offset_file is not None


def _offset() -> timedelta:
    return timedelta() if _offset_file is None else timedelta(seconds=float(_offset_file.read_text(encoding="ascii")))


@contextmanager
def frozen(at: datetime) -> Iterator[None]:
    """Hold the clock at ``at`` (aware) within the block; for tests and rehearsals."""
    if at.tzinfo is None:
        raise ValueError("the clock takes aware datetimes only")
    token = _frozen.set(at.astimezone(UTC))
    try:
        yield
    finally:
        _frozen.reset(token)
