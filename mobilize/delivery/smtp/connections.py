"""Many SMTP connections driven by one worker: a relay 50 ms away answers one connection 20 times a second.

send(messages) ─► idle connection? begin a message on it
               ─► none, and answers came in? open one more (threads; TLS and login take round trips)
               ─► select ─► move what can move ─► results
"""

import selectors
import socket
import ssl
import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from mobilize.delivery.smtp.dialogue import CLOSING, Extensions
from mobilize.delivery.smtp.opening import CannotOpen, Opener, Timeouts
from mobilize.delivery.smtp.settings import SmtpSettings
from mobilize.delivery.smtp.supply import Supply
from mobilize.delivery.smtp.transport import Accepted, Deferred, Outgoing, Result
from mobilize.delivery.smtp.wire import Wire

LIMIT = 64
IDLE_SECONDS = 30.0
_OPENERS = 16

Opening = Future[tuple[socket.socket, Extensions]]


class Connections:
    """A `Transport` over up to `limit` connections to one server.

    It begins with one; each accepted message allows one more, an answer of 421 halves them. Connections that had
    nothing to do for `idle_seconds` are closed.
    """

    def __init__(
        self,
        settings: SmtpSettings,
        *,
        helo: str,
        limit: int = LIMIT,
        idle_seconds: float = IDLE_SECONDS,
        timeouts: Timeouts | None = None,
        tls: ssl.SSLContext | None = None,
        public_only: bool = False,
    ) -> None:
        self._timeouts = timeouts or Timeouts()
        self._opener = Opener(settings, helo, self._timeouts, tls or ssl.create_default_context(), public_only)
        self._limit, self._idle_seconds = limit, idle_seconds
        self._allowed = 1
        self._wires: set[Wire] = set()
        self._opening: set[Opening] = set()
        self._opened: deque[Opening] = deque()
        self._selector = selectors.DefaultSelector()
        self._bell, self._rung = socket.socketpair()
        self._rung.setblocking(False)
        self._selector.register(self._rung, selectors.EVENT_READ)
        self._threads = ThreadPoolExecutor(min(limit, _OPENERS), thread_name_prefix="smtp-open")

    def send(self, messages: Iterable[Outgoing]) -> Iterator[Result]:
        """See `Transport.send`. A message lost before its final dot is tried again over another connection."""
        supply = Supply(messages)
        try:
            yield from self._prune(supply)
            while supply.more() or self._busy():
                yield from self._begin(supply)
                self._grow(supply)
                yield from self._turn(supply)
        finally:
            for wire in self._busy():
                self._drop(wire)

    def close(self) -> None:
        """See `Transport.close`."""
        for opening in (*self._opening, *self._opened):
            opening.cancel()
        self._threads.shutdown()
        for opening in self._opened:
            if not opening.cancelled() and opening.exception() is None:
                opening.result()[0].close()
        for wire in list(self._wires):
            self._drop(wire)
        self._selector.close()
        self._bell.close()
        self._rung.close()

    def _busy(self) -> list[Wire]:
        return [wire for wire in self._wires if not wire.idle]

    def _begin(self, supply: Supply) -> Iterator[Result]:
        for wire in [wire for wire in self._wires if wire.idle]:
            if not supply.more():
                return
            yield from self._settled(wire, wire.start(supply.draw), supply)

    def _grow(self, supply: Supply) -> None:
        """Open one more if there is work, no connection is free for it, and answers allow it."""
        known = len(self._wires) + len(self._opening) + len(self._opened)
        for _number in range(known, min(self._allowed, self._limit)):
            if not supply.more():
                return
            opening = self._threads.submit(self._opener.open)
            self._opening.add(opening)
            opening.add_done_callback(self._ring)

    def _ring(self, opening: Opening) -> None:
        self._opened.append(opening)
        self._opening.discard(opening)
        self._bell.send(b"!")

    def _turn(self, supply: Supply) -> Iterator[Result]:
        """Wait for something to happen, and follow it up."""
        deadline = min((wire.deadline for wire in self._busy()), default=None)
        wait = None if deadline is None else max(0.0, deadline - time.monotonic())
        if wait is None and not self._opening and not self._opened:
            return
        for key, _events in self._selector.select(wait):
            if key.data is None:
                self._rung.recv(4096)
            elif key.data in self._wires:
                yield from self._settled(key.data, key.data.move(), supply)
        yield from self._welcome(supply)
        now = time.monotonic()
        for wire in [wire for wire in self._busy() if wire.deadline <= now]:
            yield from self._settled(wire, wire.expire(), supply)

    def _welcome(self, supply: Supply) -> Iterator[Result]:
        """Take in what the threads opened; where nothing can be opened at all, refuse the rest."""
        while self._opened:
            opening = self._opened.popleft()
            try:
                wire = Wire(*opening.result(), self._timeouts)
            except CannotOpen as error:
                yield from self._discouraged(error, supply)
                continue
            self._wires.add(wire)
            self._selector.register(wire.socket, selectors.EVENT_READ, wire)
            if supply.more():
                yield from self._settled(wire, wire.start(supply.draw), supply)

    def _discouraged(self, error: CannotOpen, supply: Supply) -> Iterator[Result]:
        """No more connections than there are now; with none, nothing can be sent."""
        self._allowed = max(1, len(self._wires))
        if not self._wires and not self._opening and not self._opened:
            yield from supply.refuse(error.reason, error.code)

    def _settled(self, wire: Wire, results: list[Result], supply: Supply) -> Iterator[Result]:
        """Results to report; the connection is kept, watched for writing, or dropped."""
        for result in results:
            if isinstance(result, Accepted):
                self._allowed = min(self._limit, self._allowed + 1)
            elif isinstance(result, Deferred) and result.code == CLOSING:
                self._allowed = max(1, self._allowed // 2)
        answered = wire.answered
        if wire.dialogue.closing:
            self._drop(wire)
        elif wire.writing != wire.watched:
            wire.watched = wire.writing
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if wire.writing else 0)
            self._selector.modify(wire.socket, events, wire)
        yield from supply.settle(results, repeat=answered or bool(self._wires))
        if wire.dialogue.closing and results and not answered:
            yield from self._discouraged(CannotOpen("the server closed the connection before it answered"), supply)

    def _prune(self, supply: Supply) -> Iterator[Result]:
        """Close what was idle for long and what the server closed meanwhile."""
        for wire in list(self._wires):
            yield from supply.settle(wire.move(), repeat=True)
            if wire.dialogue.closing or wire.idle_for() > self._idle_seconds:
                self._drop(wire)

    def _drop(self, wire: Wire) -> None:
        self._wires.discard(wire)
        self._selector.unregister(wire.socket)
        wire.close()
