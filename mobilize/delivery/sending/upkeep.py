"""What time alone makes due in the engine: the rows of dead workers, finished messages, clicks."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from operator import attrgetter

import structlog
from sqlalchemy import ColumnElement, case, delete, literal_column, select, update

from mobilize.core import clock, db, doorbell
from mobilize.core.db import session
from mobilize.core.id_lists import one_of
from mobilize.delivery import links
from mobilize.delivery.exchange import current_content
from mobilize.delivery.ledger import rowcount
from mobilize.delivery.models import Claim, Delivery, DeliveryState, Message, Stream
from mobilize.delivery.sending.endings import finish_messages, sending_messages
from mobilize.delivery.sending.held_rows import hold_messages, stopped_or
from mobilize.delivery.sending.leases import LEASE
from mobilize.delivery.sending.owner_locks import DeadOwners, confirmation, held_locks

log = structlog.get_logger(__name__)


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


_owners = DeadOwners()
_watch = ClockWatch()
# From the start of the process: whoever ticks for the first time after the calendar was set has to notice too.
_watch.is_steady(clock.of_the_machine(clock.now()), time.monotonic())


def take_over(now: datetime) -> int:
    """Free the rows of owners that died and wake their streams; how many. Costs one query where nobody claims."""
    with db.reading():
        dead = _dead_locks()
    if not dead:
        return 0
    with db.writing():
        freed, streams = _reap(now, Claim.lock_id.in_(dead))
        for stream in streams:
            doorbell.wake(stream)
    return freed


def reap(now: datetime) -> None:
    """Step of the tick: free the rows of dead workers, and of those that did not renew their lease."""
    take_over(now)
    if _watch.is_steady(clock.of_the_machine(now), time.monotonic()):
        with db.writing():
            reap_expired_leases(now)


def finish(now: datetime) -> None:
    """Step of the tick: finish messages whose last row ended where nobody looked."""
    with db.writing():
        connection = session.connection()
        finish_messages(connection, sending_messages(connection), now, claimed_too=True)


def count_clicks(_now: datetime) -> None:
    """Step of the tick: bring the clicks from Redis into the database."""
    with db.writing():
        links.flush_clicks()


def reap_expired_leases(now: datetime) -> int:
    """Free the rows of claims that their worker did not renew; how many.

    Claimed rows wait again. Of attempted ones nobody knows whether they arrived: bulk and urgent rows are parked as
    ``unknown``, transactional rows go again under the same Message-ID. A row that was stopped meanwhile ends.
    """
    return _reap(now, Claim.lease_until < clock.of_the_machine(now))[0]


def _dead_locks() -> set[int]:
    """The locks that claims name and nobody holds any more."""
    named = session.scalars(select(Claim.lock_id).where(Claim.lock_id.is_not(None)))
    locks = {one for one in named if one is not None}
    held = held_locks(session.connection(), locks) if locks else set[int]()
    return _owners.among(locks, held, time.monotonic(), confirmation())


def _reap(now: datetime, which: ColumnElement[bool]) -> tuple[int, set[Stream]]:
    """Take claims away and free their rows; how many rows, and of which streams."""
    taken_away = delete(Claim).where(which).returning(Claim.id, Claim.delivery_ids, Claim.message_ids)
    lost = session.execute(taken_away, execution_options={"synchronize_session": False}).all()
    messages = {message_id for claim in lost for message_id in claim.message_ids}
    hold_messages(session.connection(), messages)
    count = sum(_free(claim.id, claim.delivery_ids, now) for claim in sorted(lost, key=attrgetter("id")))
    if count:
        log.warning("delivery.reaped", rows=count)
    streams = session.scalars(select(Message.stream).where(one_of(Message.id, messages)).distinct())
    return count, set(streams)


def _free(claim_id: int, delivery_ids: Sequence[int], now: datetime) -> int:
    """Free those of a claim's rows that it still holds; how many."""
    attempted = Delivery.state == DeliveryState.ATTEMPTING
    lost = attempted & (Delivery.stream != Stream.TRANSACTIONAL)
    held = one_of(Delivery.id, delivery_ids) & (Delivery.claim_id == claim_id)
    statement = (
        update(Delivery)
        .where(held, attempted | (Delivery.state == DeliveryState.CLAIMED))
        .values(
            state=case((lost, literal_column("'unknown'")), else_=stopped_or(literal_column("'pending'"))),
            content_id=case((lost, Delivery.content_id), else_=current_content()),
            reason=case((lost, literal_column("'worker-lost'")), else_=Delivery.stop_reason),
            claim_id=None,
            changed_at=now,
        )
    )
    return rowcount(session.execute(statement, execution_options={"synchronize_session": False}))
