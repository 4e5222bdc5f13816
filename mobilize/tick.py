"""One pass of the clock: everything that time alone makes due.

claim the pass (one conditional update: two beats are one) -> each step in its own transactions -> wake streams
A step that fails is logged and does not hold up the others; the next pass tries it again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from operator import attrgetter

import structlog
from sqlalchemy import or_, update
from sqlalchemy.exc import IntegrityError

from mobilize.core import db, feature, heartbeat
from mobilize.core.db import session
from mobilize.core.heartbeat import SECONDS_BETWEEN_TICKS, ClockState
from mobilize.core.settings import Settings

log = structlog.get_logger(__name__)

_TOO_SOON = timedelta(seconds=1)
_LATE = timedelta(seconds=4 * SECONDS_BETWEEN_TICKS)

Step = Callable[[datetime, Settings], object]


def run(now: datetime, settings: Settings) -> bool:
    """Do one pass unless one began within the last second; whether this call did it."""
    ours = _claimed(now)
    if ours:
        for step in steps():
            _take(step, now, settings)
    return ours


def run_if_late(now: datetime, settings: Settings) -> bool:
    """Do a pass if nobody has for a while (beat is gone, the background worker is busy, or the calendar was set)."""
    with db.reading():
        last = heartbeat.last_tick()
    if last is not None and abs(now - last) < _LATE:
        return False
    return run(now, settings)


def steps() -> list[Step]:
    """The steps of every feature in use: by stage, then the lowest feature first."""
    named = [step for one in feature.used() for step in one.tick_steps]
    return [feature.load(step.part) for step in sorted(named, key=attrgetter("stage"))]


def _claimed(now: datetime) -> bool:
    try:
        with db.writing():
            return _claim(now)
    except IntegrityError:
        # The first two passes of an installation met: the other one made the row.
        return False


def _claim(now: datetime) -> bool:
    """Take this pass: whoever changes the row first has it. One of the future is from before the calendar was set."""
    last = ClockState.last_tick_at
    due = or_(last.is_(None), last <= now - _TOO_SOON, last >= now + _LATE)
    claim = update(ClockState).where(ClockState.id == 1, due).values(last_tick_at=now).returning(ClockState.id)
    if session.scalar(claim) is not None:
        return True
    return _first_ever(now)


def _first_ever(now: datetime) -> bool:
    if session.get(ClockState, 1) is not None:
        return False
    session.add(ClockState(id=1, last_tick_at=now))
    return True


def _take(step: Step, now: datetime, settings: Settings) -> None:
    try:
        step(now, settings)
    except Exception:
        # The outer edge: one feature's fault must not hold up the others.
        log.exception("tick.step_failed", step=step.__name__)
