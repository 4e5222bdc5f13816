"""What time alone makes due for calls to action."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import NamedTuple

from sqlalchemy import func, select

from mobilize.actions import acts
from mobilize.actions.models import Act, ActionState, CallToAction
from mobilize.actions.rules import has_forgotten
from mobilize.core import db
from mobilize.core.db import session
from mobilize.core.settings import Settings

AT_ONCE = 500


class _Ended(NamedTuple):
    id: int
    keep_days: int
    ended_at: datetime


def forget_people(now: datetime, _settings: Settings) -> None:
    """Take the people away from acts whose call closed as many days ago as it says; the numbers stay."""
    with db.reading():
        due = [row.id for row in _ended_with_people(now) if has_forgotten(row.ended_at, row.keep_days, now)]
    for action_id in due:
        db.in_steps(partial(acts.forget_people, action_id, AT_ONCE))


def _ended_with_people(now: datetime) -> list[_Ended]:
    """Calls that take no more acts and still know who acted, with the moment since when."""
    known = select(Act.id).where(Act.action_id == CallToAction.id, Act.recipient_id.is_not(None)).exists()
    ended = func.coalesce(CallToAction.closed_at, CallToAction.closes_at)
    wanted = select(CallToAction.id, CallToAction.keep_days, CallToAction.closed_at, CallToAction.closes_at)
    found = session.execute(wanted.where(CallToAction.state != ActionState.DRAFT, ended <= now, known))
    return [_Ended(row.id, row.keep_days, row.closed_at or row.closes_at) for row in found]
