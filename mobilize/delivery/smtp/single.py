"""One SMTP connection, driven by us: pipelined where the server offers it, aware of the phase at all times."""

import ssl
from collections.abc import Generator, Iterable, Iterator
from contextlib import suppress

from mobilize.delivery.smtp.dialogue import Dialogue, Draw
from mobilize.delivery.smtp.opening import CannotOpen, Opener, Timeouts
from mobilize.delivery.smtp.replies import NotSmtp, scrubbed
from mobilize.delivery.smtp.settings import SmtpSettings
from mobilize.delivery.smtp.supply import Supply
from mobilize.delivery.smtp.transport import Outgoing, Result

__all__ = ["SMTPTransport", "Timeouts"]

RECORD = 16_384
"""At most one TLS record a write, so that a failed write means the other side cannot read any of it."""

_READ = 65_536
_QUIT_WAIT = 2.0


class Connection:
    """One open connection and its conversation."""

    def __init__(self, opener: Opener) -> None:
        self._timeouts = opener.timeouts
        self._socket, extensions = opener.open()
        self._dialogue = Dialogue(extensions)
        self.answered = False

    @property
    def usable(self) -> bool:
        """Whether another message may go over it: nothing is in flight and the server has not hung up."""
        if self._dialogue.closing or not self._dialogue.idle:
            return False
        self._socket.settimeout(0)
        try:
            self._socket.recv(_READ)
        except (BlockingIOError, ssl.SSLWantReadError):
            return True
        except OSError:
            return False
        return False

    def run(self, draw: Draw) -> Iterator[list[Result]]:
        """Send until `draw` has no more or the connection ends; results as they become known."""
        try:
            self._dialogue.start(draw)
            yield self._dialogue.results()
            while not self._dialogue.idle and not self._dialogue.closing:
                self._write(self._dialogue.outbound())
                results = self._dialogue.receive(self._read())
                self.answered = self.answered or bool(results)
                yield results
            yield self._dialogue.lost("the server closed the connection") if self._dialogue.closing else []
        except TimeoutError:
            yield self._dialogue.lost("the server did not answer in time")
        except (OSError, NotSmtp) as error:
            yield self._dialogue.lost(scrubbed(f"{type(error).__name__}: {error}"))

    def close(self) -> None:
        """QUIT if nothing is in flight, then close."""
        with suppress(OSError), self._socket:
            if self._dialogue.idle and not self._dialogue.closing:
                self._socket.settimeout(_QUIT_WAIT)
                self._socket.sendall(b"QUIT\r\n")
                self._socket.recv(_READ)

    def _write(self, octets: bytes) -> None:
        self._socket.settimeout(self._timeouts.write)
        left = memoryview(octets)
        step = RECORD if isinstance(self._socket, ssl.SSLSocket) else len(octets)
        while left:
            if not self._dialogue.may_write():
                raise ConnectionAbortedError("our right to send it is over")
            count = self._socket.send(left[:step])
            self._dialogue.sent(count)
            left = left[count:]

    def _read(self) -> bytes:
        self._socket.settimeout(self._timeouts.dot if self._dialogue.after_dot else self._timeouts.reply)
        octets = self._socket.recv(_READ)
        if not octets:
            raise ConnectionResetError("the server closed the connection")
        return octets


class SMTPTransport:
    """A `Transport` over one connection, kept open between windows."""

    def __init__(
        self,
        settings: SmtpSettings,
        *,
        helo: str,
        timeouts: Timeouts | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._opener = Opener(settings, helo, timeouts or Timeouts(), tls or ssl.create_default_context())
        self._connection: Connection | None = None

    @property
    def width(self) -> int:
        """See `Transport.width`."""
        return 1

    def send(self, messages: Iterable[Outgoing]) -> Generator[Result, None, None]:
        """See `Transport.send`. A message lost before its final dot is tried again over a new connection."""
        supply = Supply(messages)
        while supply.more():
            kept = self._connection is not None and self._connection.usable
            try:
                connection = self._connected(kept)
            except CannotOpen as error:
                yield from supply.refuse(error.reason, error.code)
                return
            for results in connection.run(supply.draw):
                yield from supply.settle(results, repeat=kept or connection.answered)
            if not kept and not connection.answered:
                yield from supply.refuse("the server closed the connection before it answered")

    def close(self) -> None:
        """See `Transport.close`."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connected(self, keep: bool) -> Connection:
        if self._connection is None or not keep:
            self.close()
            self._connection = Connection(self._opener)
        return self._connection
