"""A worker's side of the doorbell: drain a stream for a while, and ring again if there is more."""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import structlog

from mobilize.core import doorbell
from mobilize.core.settings import Settings, is_loopback_host
from mobilize.delivery.connections import Connections
from mobilize.delivery.leases import LEASE
from mobilize.delivery.models import Stream
from mobilize.delivery.pipeline import Pipeline
from mobilize.delivery.rendering import Renderer
from mobilize.delivery.smtp_settings import SmtpSettings
from mobilize.delivery.transport import Transport
from mobilize.delivery.windows import Unreachable

log = structlog.get_logger(__name__)

DRAIN_FOR = 20.0
"""Seconds of one drain: then the queue gets its turn again, and with it a shutdown."""

_HOLD_OFF = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0)


class Worker:
    """What one process keeps between drains: its connections, what it compiled, and patience with the server."""

    def __init__(self, transport: Transport, owner: str | None = None, *, lease: timedelta = LEASE) -> None:
        self._transport, self._lease = transport, lease
        self._owner = owner or f"{socket.gethostname()}:{os.getpid()}"
        self._renderer = Renderer()
        self._failures = 0
        self._not_before = 0.0

    @classmethod
    def of(cls, settings: Settings) -> Worker:
        """A worker that hands mail to the installation's SMTP server; nothing is contacted yet."""
        return cls(open_transport(settings))

    def answer_bell(self, stream: Stream, stop: Callable[[], bool]) -> None:
        """Drain ``stream`` for at most ``DRAIN_FOR`` seconds and ring again if there may be more."""
        more = self.drain(stream, deadline=time.monotonic() + DRAIN_FOR, stop=stop)
        if more and not stop():
            doorbell.ring(doorbell.DRAIN, stream, queue=stream)

    def drain(self, stream: Stream, *, deadline: float, stop: Callable[[], bool]) -> bool:
        """Send what is due until the deadline (monotonic clock) or ``stop``; whether there may be more to do now.

        A server that is not there is left alone for a while, up to half a minute; the next bells are not answered
        until then.
        """
        if time.monotonic() < self._not_before:
            return False
        owner = f"{self._owner}:{secrets.token_hex(4)}"
        pipeline = Pipeline(stream, owner, self._transport, self._renderer, stop, deadline, lease=self._lease)
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


def open_transport(settings: Settings) -> Transport:
    """The transport to the installation's SMTP server: as many connections as its answers make worth while."""
    return Connections(SmtpSettings.from_url(settings.effective_smtp_url), helo=helo_name(settings))


def helo_name(settings: Settings) -> str:
    """How we greet (RFC 5321, section 4.1.1.1): the public host name, or this machine's."""
    host = urlsplit(settings.base_url).hostname or "localhost"
    return socket.gethostname() if is_loopback_host(host) else host
