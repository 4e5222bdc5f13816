"""One non-blocking SMTP connection among many: a socket, its dialogue, and how long to wait for it."""

import socket
import ssl
import time
from contextlib import suppress

from mobilize.delivery.smtp.dialogue import Dialogue, Draw, Extensions
from mobilize.delivery.smtp.opening import Timeouts
from mobilize.delivery.smtp.replies import NotSmtp, scrubbed
from mobilize.delivery.smtp.transport import Result

RECORD = 16_384
"""At most one TLS record a write, so that a failed write means the other side cannot read any of it."""

_READ = 65_536
_WRITE = 1 << 20
_NOT_NOW = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Wire:
    """Reads and writes what it can without waiting.

    `answered` is set once a message got its answer here; `watched` is for its driver: whether it waits to write.
    """

    def __init__(self, opened: socket.socket, extensions: Extensions, timeouts: Timeouts) -> None:
        opened.setblocking(False)
        self.socket = opened
        self.dialogue = Dialogue(extensions)
        self.answered = self.watched = False
        self._timeouts = timeouts
        self._left = memoryview(b"")
        self._tls = isinstance(opened, ssl.SSLSocket)
        self._step = RECORD if self._tls else _WRITE
        self._moved = time.monotonic()

    @property
    def idle(self) -> bool:
        """Whether no message is on its way."""
        return self.dialogue.idle and not self._left

    @property
    def writing(self) -> bool:
        """Whether there is something the socket did not take yet."""
        return bool(self._left)

    @property
    def deadline(self) -> float:
        """The monotonic time at which an answer is overdue; pieces of one that trickle in do not put it off."""
        wait = self._timeouts.dot if self.dialogue.after_dot else self._timeouts.reply
        return self._moved + (min(wait, self._timeouts.write) if self._left else wait)

    def idle_for(self) -> float:
        """Seconds since anything was written, or a whole reply read."""
        return time.monotonic() - self._moved

    def start(self, draw: Draw) -> list[Result]:
        """Begin a message, if there is one; results of those that cannot be offered to this server."""
        self.dialogue.start(draw)
        self._moved = time.monotonic()
        return self.dialogue.results() + self._written()

    def move(self) -> list[Result]:
        """Read and write as far as it goes now; the results known by that. `dialogue.closing` tells of an end."""
        results: list[Result] = []
        try:
            if self._left:
                self._write()
            while octets := self._read():
                answered = self.dialogue.replies
                results += self.dialogue.receive(octets)
                if self.dialogue.replies != answered:
                    self._moved = time.monotonic()
                self.answered = self.answered or bool(results)
                if self.dialogue.asks is None:
                    self._write()
                if len(octets) < _READ and not self._tls:
                    break
        except (OSError, NotSmtp) as error:
            return results + self.dialogue.lost(_told(error))
        return results + (self.dialogue.lost("the server closed the connection") if self.dialogue.closing else [])

    def go_on(self) -> list[Result]:
        """Write the body that the server asks for, as far as it goes now; the results known by that."""
        self.dialogue.go_on()
        return self._written() or self.dialogue.results()

    def expire(self) -> list[Result]:
        """Give up waiting."""
        return self.dialogue.lost("the server did not answer in time")

    def close(self) -> None:
        """QUIT without waiting if nothing is in flight, then close."""
        with suppress(OSError), self.socket:
            if self.idle and not self.dialogue.closing:
                self.socket.send(b"QUIT\r\n")

    def _written(self) -> list[Result]:
        """Write what there is; the results if that ended the connection."""
        try:
            self._write()
        except OSError as error:
            return self.dialogue.lost(_told(error))
        return []

    def _read(self) -> bytes:
        """Octets that are there, b"" if none are."""
        try:
            octets = self.socket.recv(_READ)
        except _NOT_NOW:
            return b""
        if not octets:
            raise ConnectionResetError("the server closed the connection")
        return octets

    def _write(self) -> None:
        octets = self.dialogue.outbound()
        if octets:
            self._left = memoryview(bytes(self._left) + octets if self._left else octets)
        if not self._left:
            return
        with suppress(*_NOT_NOW):
            while self._left:
                if not self.dialogue.may_write():
                    raise ConnectionAbortedError("our right to send it is over")
                count = self.socket.send(self._left[: self._step])
                self.dialogue.sent(count)
                self._left = self._left[count:]
                self._moved = time.monotonic()


def _told(error: Exception) -> str:
    return scrubbed(f"{type(error).__name__}: {error}")
