"""A worker's signs of life: rows in SQL, from a thread beside the work, so that a long drain does not look dead."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog
from sqlalchemy.exc import SQLAlchemyError

from mobilize.core import clock, db, heartbeat

log = structlog.get_logger(__name__)

SECONDS = 10.0
LOOK_EVERY = 1.0


class Pulse(threading.Thread):
    """Beats for one worker and its queues; ``late`` ticks if the last tick is too old.

    ``look`` is called every second: it takes over what dead workers left.
    """

    def __init__(
        self, worker: str, queues: tuple[str, ...], *, late: Callable[[], object], look: Callable[[], object]
    ) -> None:
        super().__init__(name="pulse", daemon=True)
        self._rows = {f"{worker}/{queue}": queue for queue in queues}
        self._late, self._look = late, look
        self._stopping = threading.Event()

    def run(self) -> None:
        """Beat until the worker ends; a database that is away is tried again at the next beat."""
        while True:
            self._attempt(self._beat)
            for _second in range(round(SECONDS / LOOK_EVERY)):
                if self._stopping.wait(LOOK_EVERY):
                    return
                self._attempt(self._look)

    def stop(self) -> None:
        """Beat no more."""
        self._stopping.set()

    def is_stopping(self) -> bool:
        return self._stopping.is_set()

    def farewell(self) -> None:
        """Remove this worker's rows, in the thread that ends the worker."""
        self._stopping.set()
        self.join(SECONDS)
        try:
            with db.writing():
                for row in self._rows:
                    heartbeat.farewell(row)
        except SQLAlchemyError as error:
            log.warning("pulse.no_farewell", error=type(error).__name__)

    def _beat(self) -> None:
        with db.writing():
            for row, queue in self._rows.items():
                heartbeat.beat(row, queue, clock.now())
        self._late()

    def _attempt(self, step: Callable[[], object]) -> None:
        try:
            step()
        except SQLAlchemyError as error:
            log.warning("pulse.missed", error=type(error).__name__)
