"""A lane is one SMTP server's side of a worker: its connections, its pace, and patience when it is not there.

The installation's lane runs in the worker's own thread, the lane of each organisation with a server of its own in one
beside it: a server that hangs holds up nobody else's mail, in this drain or the next ones.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Sequence
from contextvars import copy_context
from datetime import timedelta

import structlog

from mobilize.delivery.models import Stream
from mobilize.delivery.rates.pacing import Pacer
from mobilize.delivery.sending.claims import Houses
from mobilize.delivery.sending.flow import Unreachable
from mobilize.delivery.sending.pipeline import Pipeline
from mobilize.delivery.sending.rendering import Renderer
from mobilize.delivery.smtp.transport import Transport

log = structlog.get_logger(__name__)

_HOLD_OFF = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0)


class Lane:
    """One server. ``owner`` names the worker's process."""

    def __init__(self, transport: Transport, owner: str, lease: timedelta) -> None:
        self._transport, self._owner, self._lease = transport, owner, lease
        self._renderer, self._pacer = Renderer(), Pacer()
        self._failures = 0
        self._not_before = 0.0

    def drain(self, stream: Stream, houses: Houses, *, deadline: float, stop: Callable[[], bool]) -> bool:
        """Send what is due for ``houses``; whether there may be more to do now.

        A server that is not there is left alone for a while, up to half a minute.
        """
        if time.monotonic() < self._not_before:
            return False
        pipeline = Pipeline(
            stream,
            f"{self._owner}:{secrets.token_hex(4)}",
            self._transport,
            self._renderer,
            stop,
            deadline,
            lease=self._lease,
            houses=houses,
            pacer=self._pacer,
        )
        try:
            more = pipeline.run()
        except Unreachable as error:
            self._hold_off(str(error))
            return False
        self._failures = 0
        return more

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def _hold_off(self, reason: str) -> None:
        wait = _HOLD_OFF[min(self._failures, len(_HOLD_OFF) - 1)]
        self._failures += 1
        self._not_before = time.monotonic() + wait
        log.warning("delivery.server_unreachable", reason=reason, seconds=wait)


class SideLane:
    """The lane of one organisation's own server, at ``url``."""

    def __init__(self, url: str, organisation_id: int, lane: Lane) -> None:
        self.url = url
        self._houses, self._lane = Houses(only=organisation_id), lane
        self._thread: threading.Thread | None = None
        self._more = False

    @property
    def running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def start(self, stream: Stream, *, deadline: float, stop: Callable[[], bool]) -> None:
        """Drain in a thread, unless an earlier drain still hangs."""
        if not self.running:
            arguments = (stream, deadline, stop)
            self._thread = threading.Thread(
                target=copy_context().run, args=(self._drain, *arguments), name="lane", daemon=True
            )
            self._thread.start()

    @property
    def has_more(self) -> bool:
        """Whether it ended with more to do."""
        return self._more and not self.running

    def wait(self, seconds: float) -> None:
        """Until it is done, but no longer than this."""
        if self._thread is not None:
            self._thread.join(seconds)

    def close(self) -> None:
        """Close the connections, unless something is still on its way."""
        if not self.running:
            self._lane.close()

    def _drain(self, stream: Stream, deadline: float, stop: Callable[[], bool]) -> None:
        self._more = False
        try:
            self._more = self._lane.drain(stream, self._houses, deadline=deadline, stop=stop)
        except Exception:
            # The thread's outer edge: leases give the rows back, and the other lanes go on.
            log.exception("delivery.lane_failed", organisation=self._houses.only)


def busy_after(lanes: Sequence[SideLane], seconds: float) -> bool:
    """Whether a lane is still draining after so many seconds; sooner if all are done sooner."""
    until = time.monotonic() + seconds
    for lane in lanes:
        lane.wait(max(0.0, until - time.monotonic()))
    return any(lane.running for lane in lanes)
