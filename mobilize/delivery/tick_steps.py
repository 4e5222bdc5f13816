"""What time alone makes due in the engine, as steps of a pass of the clock."""

from __future__ import annotations

from datetime import datetime

from mobilize.core import broker, db, doorbell
from mobilize.core.settings import Settings
from mobilize.delivery import queries, retention
from mobilize.delivery.sending import upkeep


def reap(now: datetime, _settings: Settings) -> None:
    """Free the rows of dead workers."""
    upkeep.reap(now)


def count_clicks(now: datetime, _settings: Settings) -> None:
    """Bring the clicks from Redis into the database."""
    upkeep.count_clicks(now)


def end_ledger(now: datetime, _settings: Settings) -> None:
    """End what the ledger knows of who got what, once its time is over: in steps, so that sending waits for none."""
    with db.reading():
        is_due = retention.is_due(now)
    if is_due:
        db.in_steps(lambda: retention.store_service_mail(now))
        db.in_steps(lambda: retention.drop_rows(now))
        db.in_steps(lambda: retention.drop_contents(now))


def finish(now: datetime, _settings: Settings) -> None:
    """Finish messages whose last row ended where nobody looked."""
    upkeep.finish(now)


def wake_streams(now: datetime, _settings: Settings) -> None:
    """Ring for every stream that has due rows, unless a bell that nobody answered yet hangs there."""
    with db.reading():
        due = queries.due_streams(now)
    for stream in due:
        queue = broker.queue_of(stream)
        if not doorbell.is_waiting(queue):
            doorbell.ring(doorbell.DRAIN, stream, queue=queue)
