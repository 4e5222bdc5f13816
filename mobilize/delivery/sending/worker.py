"""A worker's side of the doorbell: drain a stream for a while, and ring again if there is more."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from urllib.parse import urlsplit

from mobilize.core import broker, doorbell
from mobilize.core.settings import Settings, is_loopback_host
from mobilize.delivery.models import Stream
from mobilize.delivery.sending.claims import Houses
from mobilize.delivery.sending.lanes import Lane, SideLane, busy_after
from mobilize.delivery.sending.leases import LEASE
from mobilize.delivery.sending.servers import own_servers
from mobilize.delivery.sending.windows import connect
from mobilize.delivery.smtp.connections import Connections
from mobilize.delivery.smtp.settings import SmtpSettings
from mobilize.delivery.smtp.transport import Transport

DRAIN_FOR = 20.0
"""Seconds of one drain: then the queue gets its turn again, and with it a shutdown."""

DRAIN_IN_BACKGROUND_FOR = 5.0
"""The same of a stream whose worker also ticks and launches."""

LOOK_AGAIN = 0.5
"""Seconds after which the other lanes are looked at again while one is busy."""

CLOSE_WITHIN = 25.0
"""Seconds for what is on the wire at the end: less than the grace of a process that was asked to stop."""


class Worker:
    """What one process keeps between drains: a lane for the installation's server, one for each organisation's own."""

    def __init__(
        self,
        transport: Transport,
        owner: str | None = None,
        *,
        lease: timedelta = LEASE,
        open_own: Callable[[str], Transport] | None = None,
    ) -> None:
        self._owner, self._lease = owner or f"{socket.gethostname()}:{os.getpid()}", lease
        self._main = Lane(transport, self._owner, lease)
        self._open_own = open_own
        self._side: dict[int, SideLane] = {}

    @classmethod
    def of(cls, settings: Settings) -> Worker:
        """A worker that hands mail to the installation's server and the organisations' own; nothing is contacted."""
        return cls(open_transport(settings), open_own=lambda url: open_own_transport(settings, url))

    def answer_bell(self, stream: Stream, stop: Callable[[], bool]) -> None:
        """Drain ``stream`` for a while and ring again if there may be more."""
        queue = broker.queue_of(stream)
        seconds = DRAIN_IN_BACKGROUND_FOR if queue == broker.BACKGROUND else DRAIN_FOR
        more = self.drain(stream, deadline=time.monotonic() + seconds, stop=stop)
        if more and not stop():
            doorbell.ring(doorbell.DRAIN, stream, queue=queue)

    def drain(self, stream: Stream, *, deadline: float, stop: Callable[[], bool]) -> bool:
        """Send what is due until the deadline (monotonic clock) or ``stop``; whether there may be more to do now.

        While one lane is still busy, or hangs, what becomes due for the others meanwhile leaves too.
        """
        own = self._own_servers()
        lanes, others = self._side_lanes(own), Houses(but=frozenset(own))
        while True:
            for lane in lanes:
                lane.start(stream, deadline=deadline, stop=stop)
            more = self._main.drain(stream, others, deadline=deadline, stop=stop)
            if not busy_after(lanes, LOOK_AGAIN) or stop() or time.monotonic() >= deadline:
                return any([more, *(lane.has_more for lane in lanes)])

    def close(self) -> None:
        """Close the connections; what lanes have on the wire gets a moment for its answer, all the same one."""
        self._main.close()
        busy_after([*self._side.values()], CLOSE_WITHIN)
        for lane in self._side.values():
            lane.close()

    def _own_servers(self) -> dict[int, str]:
        if self._open_own is None:
            return {}
        with connect() as connection, connection.begin():
            return own_servers(connection)

    def _side_lanes(self, own: Mapping[int, str]) -> list[SideLane]:
        """A lane for each organisation's own server as it is set now; lanes of former servers are closed."""
        for organisation_id, lane in list(self._side.items()):
            if own.get(organisation_id) != lane.url and not lane.running:
                self._side.pop(organisation_id).close()
        for organisation_id in own.keys() - self._side.keys():
            self._side[organisation_id] = self._opened(own[organisation_id], organisation_id)
        return [lane for organisation_id, lane in self._side.items() if own.get(organisation_id) == lane.url]

    def _opened(self, url: str, organisation_id: int) -> SideLane:
        assert self._open_own is not None  # noqa: S101 - without it no servers are looked up
        return SideLane(url, organisation_id, Lane(self._open_own(url), self._owner, self._lease))


def open_transport(settings: Settings) -> Transport:
    """The transport to the installation's SMTP server: as many connections as its answers allow."""
    return Connections(SmtpSettings.from_url(settings.effective_smtp_url), helo=helo_name(settings))


def open_own_transport(settings: Settings, url: str) -> Transport:
    """The transport to an organisation's own server, wherever the installation lets it stand."""
    server = SmtpSettings.from_url(url)
    return Connections(server, helo=helo_name(settings), public_only=not settings.private_mail_servers)


def helo_name(settings: Settings) -> str:
    """How we greet (RFC 5321, section 4.1.1.1): the public host name, or this machine's."""
    host = urlsplit(settings.base_url).hostname or "localhost"
    return socket.gethostname() if is_loopback_host(host) else host
