"""One worker's loop over a stream; with core/db.py the only place that commits (see ``windows`` and ``prepared``).

lock, lease -> claim ~1000 -> load -> flow: admit (rates) -> windows -> record, release, finish; meanwhile a next claim
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from mobilize.core import clock
from mobilize.delivery.models import Stream
from mobilize.delivery.rates.pacing import Pacer
from mobilize.delivery.sending import claims, held_rows, prepared
from mobilize.delivery.sending.ahead import Ahead
from mobilize.delivery.sending.claims import EVERYONE, Claimed, Hold, Houses
from mobilize.delivery.sending.flow import Flow
from mobilize.delivery.sending.leases import LEASE, LeaseKeeper
from mobilize.delivery.sending.owner_locks import OwnerLock
from mobilize.delivery.sending.rendering import Batch, Renderer
from mobilize.delivery.sending.windows import Run, Work, connect
from mobilize.delivery.smtp.transport import Transport

CLAIM = 1000


class Load(NamedTuple):
    """A claim's rows, and what their mails are made of."""

    hold: Hold
    rows: list[Claimed]
    batch: Batch


@dataclass(slots=True)
class Pipeline:
    """Drains one stream for one owner. ``stop`` is asked before each mail; ``deadline`` is of the monotonic clock.

    ``houses`` are the organisations whose mail goes over this transport; ``sleep`` passes the time until rows that
    wait for their turn may leave.
    """

    stream: Stream
    owner: str
    transport: Transport
    renderer: Renderer
    stop: Callable[[], bool]
    deadline: float
    claim_size: int = CLAIM
    lease: timedelta = LEASE
    houses: Houses = EVERYONE
    pacer: Pacer = field(default_factory=Pacer)
    sleep: Callable[[float], None] = time.sleep
    _drain: str = ""

    def run(self) -> bool:
        """Send until nothing is due, the time is up or a stop is asked; whether there may be more to do.

        Raises:
            Unreachable: the SMTP server was not there; the rows wait unharmed.
        """
        # What an earlier drain of this worker left behind is not renewed with this one's claims.
        self._drain = f"{self.owner}/{secrets.token_hex(4)}"
        with (
            OwnerLock() as lock,
            LeaseKeeper(self._renew, _machine_time, lease=self.lease, keep=lock.keep) as lease,
            connect() as connection,
            Ahead(connection, connect, lambda one: self._claimed(one, lease, lock), self._released) as ahead,
        ):
            while self._may_go_on() and lease.holds:
                more = Flow(lambda: self._next_run(connection, lease, ahead), self.transport, ahead.work).send()
                if not more and self._may_go_on() and lease.holds and not self._rest():
                    return False
        return True

    def _claimed(self, connection: Connection, lease: LeaseKeeper, lock: OwnerLock) -> Load | None:
        """The next claim and all that its mails are made of, or nothing if none may be made or nothing is due."""
        if not self._may_go_on() or not lease.holds:
            return None
        hold, now = Hold(self._drain, lock_id=lock.id), clock.now()
        with connection.begin():
            rows = claims.claim(
                connection,
                self.stream,
                hold,
                self.claim_size,
                now=now,
                until=_machine_time() + self.lease,
                houses=self.houses,
            )
        if not rows:
            return None
        try:
            with connection.begin():
                batch = self.renderer.load(connection, rows)
            self.renderer.compile(batch)
            return Load(hold, rows, batch)
        except Exception:
            with suppress(DBAPIError):
                self._release(connection, hold, rows)
            raise

    def _released(self, connection: Connection, load: Load) -> None:
        self._release(connection, load.hold, load.rows)

    def _release(self, connection: Connection, hold: Hold, rows: Sequence[Claimed]) -> None:
        keys = [row.id for row in rows]
        with prepared.unit(connection):
            held_rows.hold_messages(connection, {row.message_id for row in rows})
            held_rows.release(connection, hold, keys, clock.now())
            held_rows.end(connection, hold, keys)

    def _next_run(self, connection: Connection, lease: LeaseKeeper, ahead: Ahead[Load]) -> Run | None:
        load = ahead.take()
        if load is None:
            return None
        work = Work(
            stream=self.stream,
            connection=connection,
            renderer=self.renderer,
            may_go_on=lambda: lease.holds and self._may_go_on(),
            holds_lease=lambda: lease.holds,
            nearly_fed=ahead.begin if self._more_follows(load) else lambda: None,
            pacer=self.pacer,
        )
        try:
            with connection.begin():
                self.pacer.refresh(connection)
            run = Run(work, load.hold, load.rows, load.batch)
            run.admit()
        except Exception:
            with suppress(DBAPIError):
                self._released(connection, load)
            raise
        return run

    def _more_follows(self, load: Load) -> bool:
        """Whether to claim ahead: after a full claim, but not for an organisation's own server: there may be many."""
        return len(load.rows) >= self.claim_size and self.houses.only is None

    def _rest(self) -> bool:
        """Wait a moment where rows wait for their turn; whether there are any."""
        wait = self.pacer.rest(clock.now())
        if wait is not None:
            self.sleep(wait)
        return wait is not None

    def _may_go_on(self) -> bool:
        return not self.stop() and time.monotonic() < self.deadline

    def _renew(self, until: datetime) -> None:
        with connect() as connection, connection.begin():
            claims.renew(connection, self._drain, until)


def _machine_time() -> datetime:
    """When a lease counts from: a rehearsal that moves the clock neither ends nor extends one."""
    return clock.of_the_machine(clock.now())
