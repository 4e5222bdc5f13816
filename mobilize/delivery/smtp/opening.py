"""Open an SMTP connection with smtplib: greeting, EHLO, STARTTLS, AUTH; then hand over the bare socket."""

import ipaddress
import smtplib
import socket
import ssl
from collections.abc import Iterable
from dataclasses import dataclass

from mobilize.core.settings import is_loopback_host
from mobilize.delivery.smtp.dialogue import Extensions
from mobilize.delivery.smtp.replies import scrubbed
from mobilize.delivery.smtp.settings import SmtpSettings, StartTls


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds to wait on the socket (RFC 5321, section 4.5.3.2); `connect` is for each step of the opening."""

    connect: float = 60.0
    reply: float = 300.0
    write: float = 180.0
    dot: float = 600.0

    @property
    def shortest(self) -> float:
        """No answer is overdue sooner than this."""
        return min(self.reply, self.write, self.dot)


class CannotOpen(Exception):
    """No connection that mail may go over; `code` is the server's refusal, or 0."""

    def __init__(self, reason: str, code: int = 0) -> None:
        super().__init__(reason)
        self.reason, self.code = reason, code


@dataclass(frozen=True, slots=True)
class Opener:
    """How to reach one server. `helo` is our own host name; `tls` replaces the machine's trusted authorities.

    `public_only` refuses addresses inside a network: for servers whose names others chose. Its name is judged before
    the connection, so that we knock nowhere inside, and the address reached after it, since names change.
    """

    settings: SmtpSettings
    helo: str
    timeouts: Timeouts
    tls: ssl.SSLContext
    public_only: bool = False

    def open(self) -> tuple[socket.socket, Extensions]:
        """A connection ready for MAIL, and what its server offers.

        Raises:
            CannotOpen: unreachable, a certificate that does not hold, a refused greeting or login.
        """
        try:
            return self._opened()
        except smtplib.SMTPResponseException as error:
            raise CannotOpen(scrubbed(_text(error.smtp_error)), error.smtp_code) from error
        except ssl.SSLCertVerificationError as error:
            raise CannotOpen(f"the server's certificate does not hold: {error.verify_message}") from error
        except (OSError, smtplib.SMTPException) as error:
            raise CannotOpen(scrubbed(f"{type(error).__name__}: {error}")) from error

    def _opened(self) -> tuple[socket.socket, Extensions]:
        server = self._connected()
        try:
            if self.public_only and server.sock is not None:
                _require_public([str(server.sock.getpeername()[0])])
            self._secure(server)
            if self.settings.user:
                server.login(self.settings.user, self.settings.password)
            if server.sock is None:
                raise smtplib.SMTPServerDisconnected("closed while opening")
            return server.sock, _extensions(server, self.settings.pipelining)
        except BaseException:
            server.close()
            raise

    def _connected(self) -> smtplib.SMTP:
        where, wait = (self.settings.host, self.settings.port), self.timeouts.connect
        if self.public_only:
            _require_public(str(found[4][0]) for found in socket.getaddrinfo(*where, type=socket.SOCK_STREAM))
        if self.settings.tls:
            server: smtplib.SMTP = smtplib.SMTP_SSL(*where, self.helo, timeout=wait, context=self.tls)
        else:
            server = smtplib.SMTP(*where, self.helo, timeout=wait)
        server.ehlo_or_helo_if_needed()
        return server

    def _secure(self, server: smtplib.SMTP) -> None:
        wanted = self.settings.starttls
        if wanted is not StartTls.OFF and server.has_extn("starttls"):
            server.starttls(context=self.tls)
            server.ehlo_or_helo_if_needed()
        elif wanted is StartTls.REQUIRED:
            raise CannotOpen("the server offers no STARTTLS, which is required")
        elif self.settings.user and not self.settings.tls and not is_loopback_host(self.settings.host):
            raise CannotOpen("the server offers no TLS; the password is not sent in the clear")


def _require_public(addresses: Iterable[str]) -> None:
    """Raises CannotOpen: a server stands inside a network (RFC 6890), or on this machine."""
    for address in addresses:
        if not ipaddress.ip_address(address.partition("%")[0]).is_global:
            raise CannotOpen("the server does not stand on the public Internet")


def _extensions(server: smtplib.SMTP, pipelining: bool) -> Extensions:
    size = server.esmtp_features.get("size", "")
    return Extensions(
        pipelining=pipelining and server.has_extn("pipelining"),
        eight_bit=server.has_extn("8bitmime"),
        utf8=server.has_extn("smtputf8"),
        size=int(size) if size.isdigit() else 0,
    )


def _text(answer: bytes | str) -> str:
    return answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
