"""One pass of the clock: everything that time alone makes due.

claim the pass (one conditional update: two beats are one) -> each step in its own transactions -> wake streams
A step that fails is logged and does not hold up the others; the next pass tries it again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy import or_, update

from mobilize.core import db, heartbeat
from mobilize.core.db import session
from mobilize.core.heartbeat import ClockState

log = structlog.get_logger(__name__)

SECONDS_BETWEEN_TICKS = 5.0
_TOO_SOON = timedelta(seconds=1)
_LATE = timedelta(seconds=4 * SECONDS_BETWEEN_TICKS)

STEPS: tuple[tuple[str, Callable[[datetime], object]], ...] = ()


def run(now: datetime) -> bool:
    """Do one pass unless one began within the last second; whether this call did it."""
    with db.writing():
        ours = _claim(now)
    if ours:
        for name, step in STEPS:
            _take(name, step, now)
    return ours


def run_if_late(now: datetime) -> bool:
    """Do a pass if nobody has for a while (beat is gone, or the background worker is busy)."""
    with db.reading():
        last = heartbeat.last_tick()
    if last is not None and now - last < _LATE:
        return False
    return run(now)


def _claim(now: datetime) -> bool:
    """Take this pass: whoever changes the row first has it."""
    due = or_(ClockState.last_tick_at.is_(None), ClockState.last_tick_at <= now - _TOO_SOON)
    claim = update(ClockState).where(ClockState.id == 1, due).values(last_tick_at=now).returning(ClockState.id)
    if session.scalar(claim) is not None:
        return True
    return _first_ever(now)


def _first_ever(now: datetime) -> bool:
    if session.get(ClockState, 1) is not None:
        return False
    session.add(ClockState(id=1, last_tick_at=now))
    return True


def _take(name: str, step: Callable[[datetime], object], now: datetime) -> None:
    try:
        step(now)
    except Exception:
        # The outer edge: one feature's fault must not hold up the others.
        log.exception("tick.step_failed", step=name)
