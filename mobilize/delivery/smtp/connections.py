"""Many SMTP connections driven by one worker: a relay 50 ms away answers one connection 20 times a second.

send(messages) ─► idle connection? begin a message on it
               ─► none, and answers come? open one more (threads; TLS and login take round trips)
               ─► select ─► move what can move ─► results; nothing can? meanwhile
               ─► half of the servers wait for a body? permit ─► bodies leave
"""

import selectors
import socket
import ssl
import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from mobilize.delivery.smtp.dialogue import CLOSING, Extensions
from mobilize.delivery.smtp.opening import CannotOpen, Opener, Timeouts
from mobilize.delivery.smtp.settings import SmtpSettings
from mobilize.delivery.smtp.supply import Supply
from mobilize.delivery.smtp.transport import (
    Accepted,
    Deferred,
    Meanwhile,
    Outgoing,
    Permit,
    Result,
    everything,
    nothing,
)
from mobilize.delivery.smtp.wire import Wire

LIMIT = 64
IDLE_SECONDS = 30.0
_OPENERS = 16
_GROW_AGAIN_AFTER = 60.0

_LONGEST_PATIENCE = 0.008
"""Seconds that a server waits for others at most, so that many bodies are permitted at once."""

Opening = Future[tuple[socket.socket, Extensions]]


class Connections:
    """A `Transport` over up to `limit` connections to one server.

    It begins with one, and each accepted message allows one more: a far relay takes 20 mails a second over each, and
    half of them ask for bodies at once, which are then committed together. An answer of 421 halves them; after that, or
    where no more can be opened, it stays with so many for a minute. What had no work for `idle_seconds` is closed.
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
        self._grow_again_at = 0.0
        self._idle: set[Wire] = set()
        self._busy: set[Wire] = set()
        self._asking: set[Wire] = set()
        self._look_at = self._ask_at = 0.0
        self._patience = 0.0
        self._opening: set[Opening] = set()
        self._opened: deque[Opening] = deque()
        self._selector = selectors.DefaultSelector()
        self._bell, self._rung = socket.socketpair()
        self._rung.setblocking(False)
        self._selector.register(self._rung, selectors.EVENT_READ)
        self._threads = ThreadPoolExecutor(min(limit, _OPENERS), thread_name_prefix="smtp-open")

    def send(
        self, messages: Iterable[Outgoing], permit: Permit = everything, meanwhile: Meanwhile = nothing
    ) -> Generator[Result, None, None]:
        """See `Transport.send`. A message lost before its final dot is tried again over another connection."""
        supply = Supply(messages)
        self._asking.clear()
        try:
            yield from self._prune(supply)
            while supply.more() or self._busy:
                yield from self._begin(supply)
                self._grow(supply)
                yield from self._turn(supply, meanwhile)
                if self._enough_ask():
                    yield from self._permitted(supply, permit)
        finally:
            for wire in list(self._busy):
                self._drop(wire)

    def close(self) -> None:
        """See `Transport.close`."""
        for opening in (*self._opening, *self._opened):
            opening.cancel()
        self._threads.shutdown()
        for opening in self._opened:
            if not opening.cancelled() and opening.exception() is None:
                opening.result()[0].close()
        for wire in self._wires():
            self._drop(wire)
        self._selector.close()
        self._bell.close()
        self._rung.close()

    def _wires(self) -> list[Wire]:
        return [*self._idle, *self._busy]

    def _begin(self, supply: Supply) -> Iterator[Result]:
        while self._idle and supply.more():
            wire = self._idle.pop()
            self._busy.add(wire)
            yield from self._settled(wire, wire.start(supply.draw), supply)

    def _grow(self, supply: Supply) -> None:
        """Open one for each message that waits while no connection is free for it, as far as answers allow."""
        underway = len(self._opening) + len(self._opened)
        for number in range(underway, self._allowed - len(self._idle) - len(self._busy)):
            if not supply.more(number + 1):
                return
            opening = self._threads.submit(self._opener.open)
            self._opening.add(opening)
            opening.add_done_callback(self._ring)

    def _ring(self, opening: Opening) -> None:
        self._opened.append(opening)
        self._opening.discard(opening)
        self._bell.send(b"!")

    def _turn(self, supply: Supply, meanwhile: Meanwhile) -> Iterator[Result]:
        """Wait for something to happen, and follow it up."""
        if not self._busy and not self._opening and not self._opened:
            return
        for key, _events in self._waited(meanwhile):
            if key.data is None:
                self._rung.recv(4096)
            elif key.data in self._busy:
                yield from self._settled(key.data, key.data.move(), supply)
            elif key.data in self._idle:
                self._drop(key.data)
        yield from self._welcome(supply)
        if self._look_at <= time.monotonic():
            yield from self._expire(supply)

    def _waited(self, meanwhile: Meanwhile) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready. Until something is, one thing at a time is done meanwhile."""
        while not (ready := self._selector.select(0)) and self._wait() != 0 and meanwhile():
            """Look again."""
        return ready or self._selector.select(self._wait())

    def _wait(self) -> float | None:
        """Seconds until something has to be done even if no server answers; None if nothing has."""
        if not self._busy:
            return 0 if self._opened else None
        until = min(self._look_at, self._ask_at) if self._asking else self._look_at
        return max(0.0, until - time.monotonic())

    def _enough_ask(self) -> bool:
        """Whether it is worth while to ask which bodies may leave: half of the connections wait, or one for long."""
        waiting = len(self._asking)
        return waiting > 0 and (2 * waiting >= len(self._busy) or self._ask_at <= time.monotonic())

    def _permitted(self, supply: Supply, permit: Permit) -> Iterator[Result]:
        """Let the bodies leave that may; a connection whose body may not is given up."""
        asking = {key: wire for wire in self._asking if wire in self._busy and (key := wire.dialogue.asks) is not None}
        self._asking.clear()
        began = time.monotonic()
        allowed = permit(list(asking))
        # About as much time goes into waiting for others as into asking once more without them.
        self._patience = min(time.monotonic() - began, _LONGEST_PATIENCE)
        for key, wire in asking.items():
            if key not in allowed:
                wire.dialogue.withhold()
                supply.withheld(key)
                self._drop(wire)
            elif (results := wire.go_on()) or wire.writing or wire.idle:
                yield from self._settled(wire, results, supply)

    def _expire(self, supply: Supply) -> Iterator[Result]:
        """Give up on overdue answers; no connection can be overdue before the moment set for the next look."""
        now = time.monotonic()
        for wire in [wire for wire in self._busy if wire.deadline <= now]:
            yield from self._settled(wire, wire.expire(), supply)
        self._look_at = min([now + self._timeouts.shortest, *(wire.deadline for wire in self._busy)])

    def _welcome(self, supply: Supply) -> Iterator[Result]:
        """Take in what the threads opened; where nothing can be opened at all, refuse the rest."""
        while self._opened:
            opening = self._opened.popleft()
            try:
                wire = Wire(*opening.result(), self._timeouts)
            except CannotOpen as error:
                yield from self._discouraged(error, supply)
                continue
            self._idle.add(wire)
            self._selector.register(wire.socket, selectors.EVENT_READ, wire)
            yield from self._begin(supply)

    def _discouraged(self, error: CannotOpen, supply: Supply) -> Iterator[Result]:
        """No more connections than there are now; with none, nothing can be sent."""
        self._stop_growing(len(self._idle) + len(self._busy))
        if not self._idle and not self._busy and not self._opening and not self._opened:
            yield from supply.refuse(error.reason, error.code)

    def _stop_growing(self, allowed: int) -> None:
        """The server takes no more than these for now."""
        self._allowed, self._grow_again_at = max(1, allowed), time.monotonic() + _GROW_AGAIN_AFTER

    def _settled(self, wire: Wire, results: list[Result], supply: Supply) -> Iterator[Result]:
        """Results to report; the connection is kept, watched for writing, or dropped."""
        for result in results:
            if isinstance(result, Accepted):
                if self._allowed < self._limit and time.monotonic() >= self._grow_again_at:
                    self._allowed += 1
            elif isinstance(result, Deferred) and result.code == CLOSING:
                self._stop_growing(self._allowed // 2)
        closing = wire.dialogue.closing
        if closing:
            self._drop(wire)
        elif wire.idle:
            self._busy.discard(wire)
            self._idle.add(wire)
        elif wire.dialogue.asks is not None:
            self._ask_at = self._ask_at if self._asking else time.monotonic() + self._patience
            self._asking.add(wire)
        if not closing and wire.writing != wire.watched:
            wire.watched = wire.writing
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if wire.writing else 0)
            self._selector.modify(wire.socket, events, wire)
        yield from supply.settle(results, repeat=wire.answered or bool(self._idle or self._busy))
        if closing and results and not wire.answered:
            yield from self._discouraged(CannotOpen("the server closed the connection before it answered"), supply)

    def _prune(self, supply: Supply) -> Iterator[Result]:
        """Close what was idle for long and what the server closed meanwhile."""
        for wire in list(self._idle):
            yield from supply.settle(wire.move(), repeat=True)
            if wire.dialogue.closing or wire.idle_for() > self._idle_seconds:
                self._drop(wire)

    def _drop(self, wire: Wire) -> None:
        self._idle.discard(wire)
        self._busy.discard(wire)
        self._selector.unregister(wire.socket)
        wire.close()
