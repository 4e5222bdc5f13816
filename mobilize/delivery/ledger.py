"""Writes to ledger rows that services share."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CursorResult, case, update
from sqlalchemy.sql.elements import ColumnElement

from mobilize.core import clock
from mobilize.core.db import session
from mobilize.delivery.models import Delivery, DeliveryState, Stream
from mobilize.delivery.rules import STOPPABLE, WAITING

_QUIET = {"synchronize_session": False}


def stop_rows(which: ColumnElement[bool], end: DeliveryState, reason: str) -> int:
    """End the rows that wait, and mark those on the wire or ended badly against another attempt; how many ended.

    The second statement also ends what a worker put back between the two: a row is stopped wherever it is.
    """
    waiting = Delivery.state.in_(WAITING)
    marks = {"stop_reason": reason, "changed_at": clock.now()}
    ended = rowcount(
        session.execute(
            update(Delivery).where(which, waiting).values(state=end, reason=reason, claim_id=None, **marks),
            execution_options=_QUIET,
        )
    )
    rest = (
        update(Delivery)
        .where(which, Delivery.state.in_(STOPPABLE), Delivery.stop_reason == "")
        .values(
            state=case((waiting, end.value), else_=Delivery.state),
            reason=case((waiting, reason), else_=Delivery.reason),
            claim_id=case((waiting, None), else_=Delivery.claim_id),
            **marks,
        )
        .returning(Delivery.state)
    )
    return ended + sum(state is end for state in session.scalars(rest, execution_options=_QUIET))


def rests(*states: DeliveryState) -> ColumnElement[bool]:
    """Rows in one of these states, where neither a worker holds them nor a server has them: an index finds them."""
    return Delivery.stream.in_(list(Stream)) & Delivery.resting.in_([state.value for state in states])


def rowcount(result: Any) -> int:
    """How many rows a statement wrote."""
    assert isinstance(result, CursorResult)  # noqa: S101 - every INSERT, UPDATE and DELETE gives one
    return result.rowcount
