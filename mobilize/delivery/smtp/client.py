"""`smtplib.SMTP` for servers that nobody trusts: all that one says is limited in lines, octets and time.

smtplib itself waits anew for each octet and collects a reply of any length (RFC 5321, 4.5.3.1.5 allows 512 octets a
line), so that a server which never stops talking fills the memory or keeps a thread for ever.
"""

import smtplib
import socket
import ssl
import time
from collections.abc import Sequence

from mobilize.core.public_internet import SocketAddress
from mobilize.delivery.smtp.replies import NotSmtp, Reply, ReplyReader

MAX_OCTETS = 64 * 1024
"""What a server may say until the connection is ready for mail."""

_READ = 4_096


class LimitedClient(smtplib.SMTP):
    """Connects to one of `addresses` and talks until `deadline` (monotonic), at most `step` seconds for each reply.

    Its methods raise NotSmtp for a server that says too much, and TimeoutError at the deadline.
    """

    def __init__(
        self,
        host: str,
        addresses: Sequence[SocketAddress],
        *,
        helo: str,
        implicit_tls: ssl.SSLContext | None,
        step: float,
        deadline: float,
    ) -> None:
        self._addresses, self._implicit_tls = addresses, implicit_tls
        self._step, self._deadline = step, deadline
        self._reader, self._octets = ReplyReader(), 0
        super().__init__(host, 0, helo, timeout=step)

    def connect(self, host: str = "localhost", *_place: object) -> tuple[int, bytes]:
        """Connect to the first address that answers, and read the greeting; `host` is only the name in TLS."""
        self.sock = self._connected(host)
        try:
            return self.getreply()
        except BaseException:
            self.close()
            raise

    def getreply(self) -> tuple[int, bytes]:
        """One reply; octets that follow it are an error: they were sent before our next command, or before TLS."""
        replies: list[Reply] = []
        step_ends = time.monotonic() + self._step
        while not replies:
            replies = self._reader.feed(self._read(step_ends))
        if len(replies) > 1 or self._reader.amid_a_reply:
            raise NotSmtp("the server says more than it was asked")
        self._wait_until(self._deadline)
        return replies[0].code, b"\n".join(line.strip(b" \t\r") for line in replies[0].lines)

    def _read(self, step_ends: float) -> bytes:
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("the connection is closed")
        self._wait_until(min(step_ends, self._deadline))
        octets = self.sock.recv(_READ)
        if not octets:
            raise smtplib.SMTPServerDisconnected("the server closed the connection")
        self._octets += len(octets)
        if self._octets > MAX_OCTETS:
            raise NotSmtp("the server says too much")
        return octets

    def _wait_until(self, moment: float) -> None:
        """Let the socket's next operation, a TLS handshake too, end at this monotonic time."""
        if self.sock is not None:
            self.sock.settimeout(_remaining(min(moment, time.monotonic() + self._step)))

    def _connected(self, host: str) -> socket.socket:
        opened = self._reached()
        if self._implicit_tls is None:
            return opened
        try:
            opened.settimeout(_remaining(self._deadline))
            return self._implicit_tls.wrap_socket(opened, server_hostname=host)
        except BaseException:
            opened.close()
            raise

    def _reached(self) -> socket.socket:
        failure: OSError = OSError("the name has no address")
        for family, address in self._addresses:
            opened = socket.socket(family, socket.SOCK_STREAM)
            try:
                opened.settimeout(min(self._step, _remaining(self._deadline)))
                opened.connect(address)
            except OSError as error:
                opened.close()
                failure = error
            else:
                return opened
        raise failure


def _remaining(moment: float) -> float:
    left = moment - time.monotonic()
    if left <= 0:
        raise TimeoutError("the server took too long")
    return left
