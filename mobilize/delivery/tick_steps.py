"""What time alone makes due in the engine, as steps of a pass of the clock."""

from __future__ import annotations

from datetime import datetime

from mobilize.core import broker, db, doorbell
from mobilize.core.settings import Settings
from mobilize.delivery import queries
from mobilize.delivery.sending import upkeep


def reap(now: datetime, _settings: Settings) -> None:
    """Free the rows of dead workers."""
    upkeep.reap(now)


def count_clicks(now: datetime, _settings: Settings) -> None:
    """Bring the clicks from Redis into the database."""
    upkeep.count_clicks(now)


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
