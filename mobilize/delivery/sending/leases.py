"""A worker's right to the rows it claimed: renewed while it lives, never taken up again once it has lapsed.

Time on this side is the monotonic clock, which a stopped process does not stop: whoever wakes after its lease finds
it lapsed before it can write or send, whatever the calendar says.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import cycle
from types import TracebackType

import structlog
from sqlalchemy.exc import SQLAlchemyError

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=90)
RENEW_EVERY = 20.0
KEEP_EVERY = 1.0
_MARGIN = 10.0

Renew = Callable[[datetime], object]


class LeaseKeeper(threading.Thread):
    """Renews one owner's claims in the background while it works; use as a context manager.

    ``renew`` writes ``lease_until`` to every claim of the owner; ``now`` tells the time by the calendar, and
    ``monotonic`` (seconds) by a clock that only goes forward. ``keep`` is called about every second.
    """

    def __init__(
        self,
        renew: Renew,
        now: Callable[[], datetime],
        *,
        lease: timedelta = LEASE,
        monotonic: Callable[[], float] = time.monotonic,
        keep: Callable[[], object] = lambda: None,
    ) -> None:
        super().__init__(name="lease", daemon=True)
        self._keep = keep
        self._renew, self._now, self._lease, self._monotonic = renew, now, lease, monotonic
        self._every = min(RENEW_EVERY, lease.total_seconds() / 4)
        self._margin = min(_MARGIN, lease.total_seconds() / 8)
        self._done = threading.Event()
        self._good_until = monotonic() + lease.total_seconds() - self._margin
        self._lapsed = False

    def __enter__(self) -> LeaseKeeper:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self.join()

    @property
    def holds(self) -> bool:
        """Whether rows claimed under this lease are still ours for sure."""
        if self._monotonic() >= self._good_until:
            self._lapsed = True
        return not self._lapsed

    def run(self) -> None:
        """Renew until the work is done or the lease has lapsed."""
        pause = min(KEEP_EVERY, self._every)
        waits = cycle(range(round(self._every / pause)))
        next(waits)
        while not self._done.wait(pause) and self.holds:
            self._keep()
            if next(waits) == 0:
                self._try()

    def _try(self) -> None:
        started = self._monotonic()
        try:
            self._renew(self._now() + self._lease)
        except SQLAlchemyError as error:
            log.warning("lease.not_renewed", error=type(error).__name__)
            return
        if self.holds:
            self._good_until = started + self._lease.total_seconds() - self._margin
