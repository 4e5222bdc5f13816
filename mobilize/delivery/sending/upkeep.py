"""What time alone makes due in the engine: the rows of dead workers, finished messages, clicks."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import cast

import structlog
from sqlalchemy import CursorResult, Table, and_, case, literal_column, update

from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.delivery import links
from mobilize.delivery.models import Delivery, DeliveryState, Stream
from mobilize.delivery.sending.claims import is_, stopped_or
from mobilize.delivery.sending.endings import finish_messages, sending_messages
from mobilize.delivery.sending.leases import LEASE

log = structlog.get_logger(__name__)

_rows = cast(Table, Delivery.__table__)


class ClockWatch:
    """Notices that the calendar was set: then no lease is judged until every living worker has renewed its own."""

    def __init__(self, tolerance: timedelta = timedelta(seconds=10)) -> None:
        self._tolerance = tolerance.total_seconds()
        self._offset: float | None = None
        self._wait_until = 0.0

    def is_steady(self, now: datetime, monotonic: float) -> bool:
        """Whether calendar and monotonic clock have kept step for a lease's time."""
        offset = now.timestamp() - monotonic
        if self._offset is not None and abs(offset - self._offset) > self._tolerance:
            self._wait_until = monotonic + LEASE.total_seconds()
        self._offset = offset
        return monotonic >= self._wait_until


_watch = ClockWatch()
# From the start of the process: whoever ticks for the first time after the calendar was set has to notice too.
_watch.is_steady(clock.now(), time.monotonic())


def reap(now: datetime) -> None:
    """Step of the tick: free the rows of dead workers."""
    if _watch.is_steady(now, time.monotonic()):
        with db.writing():
            reap_expired_leases(now)


def finish(now: datetime) -> None:
    """Step of the tick: finish messages whose last row ended where nobody looked."""
    with db.writing():
        connection = session.connection()
        finish_messages(connection, sending_messages(connection), now)


def count_clicks(_now: datetime) -> None:
    """Step of the tick: bring the clicks from Redis into the database."""
    with db.writing():
        links.flush_clicks()


def reap_expired_leases(now: datetime) -> int:
    """Free rows whose worker did not renew them; how many.

    Claimed rows wait again. Of attempted ones nobody knows whether they arrived: bulk and urgent rows are parked as
    ``unknown``, transactional rows go again under the same Message-ID. A row that was stopped meanwhile ends.
    """
    transactional = _rows.c.stream == Stream.TRANSACTIONAL
    attempted = is_(DeliveryState.ATTEMPTING)
    lost = and_(attempted, ~transactional)
    expired = _rows.c.state.in_([literal_column("'claimed'"), literal_column("'attempting'")])
    statement = (
        update(_rows)
        .where(expired, _rows.c.lease_until < now)
        .values(
            state=case((lost, literal_column("'unknown'")), else_=stopped_or(literal_column("'pending'"))),
            reason=case((lost, literal_column("'worker-lost'")), else_=_rows.c.stop_reason),
            owner=None,
            lease_until=None,
            changed_at=now,
        )
    )
    count = cast(CursorResult[tuple[()]], session.execute(statement)).rowcount
    if count:
        log.warning("delivery.reaped", rows=count)
    return count
