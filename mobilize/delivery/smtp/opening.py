"""Open an SMTP connection with smtplib: greeting, EHLO, STARTTLS, AUTH; then hand over the bare socket."""

import smtplib
import socket
import ssl
import time
from dataclasses import dataclass

from mobilize.core import public_internet
from mobilize.core.settings import is_loopback_host
from mobilize.delivery.smtp.client import LimitedClient
from mobilize.delivery.smtp.dialogue import Extensions
from mobilize.delivery.smtp.replies import scrubbed
from mobilize.delivery.smtp.settings import SmtpSettings, StartTls


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds to wait for a whole reply (RFC 5321, section 4.5.3.2), however it trickles in.

    `connect` is for each step of the opening, `opening` for all of it.
    """

    connect: float = 60.0
    opening: float = 120.0
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

    `public_only` refuses addresses inside a network: for servers whose names others chose.
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
        except public_internet.NotPublic as error:
            raise CannotOpen("the server does not stand on the public Internet") from error
        except (OSError, smtplib.SMTPException, ValueError) as error:
            # ValueError: NotSmtp, and what smtplib raises for a login challenge that is not Base64.
            raise CannotOpen(scrubbed(f"{type(error).__name__}: {error}")) from error

    def _opened(self) -> tuple[socket.socket, Extensions]:
        server = self._connected()
        try:
            server.ehlo_or_helo_if_needed()
            self._secure(server)
            if self.settings.user:
                server.login(self.settings.user, self.settings.password)
            if server.sock is None:
                raise smtplib.SMTPServerDisconnected("closed while opening")
            return server.sock, _extensions(server, self.settings.pipelining)
        except BaseException:
            server.close()
            raise

    def _connected(self) -> LimitedClient:
        host, wanted = self.settings.host, self.settings
        return LimitedClient(
            host,
            public_internet.resolved(host, wanted.port, public_only=self.public_only),
            helo=self.helo,
            implicit_tls=self.tls if wanted.tls else None,
            step=self.timeouts.connect,
            deadline=time.monotonic() + self.timeouts.opening,
        )

    def _secure(self, server: smtplib.SMTP) -> None:
        wanted = self.settings.starttls
        if wanted is not StartTls.OFF and server.has_extn("starttls"):
            server.starttls(context=self.tls)
            server.ehlo_or_helo_if_needed()
        elif wanted is StartTls.REQUIRED:
            raise CannotOpen("the server offers no STARTTLS, which is required")
        elif self.settings.user and not self.settings.tls and not is_loopback_host(self.settings.host):
            raise CannotOpen("the server offers no TLS; the password is not sent in the clear")


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
