"""The SMTP side of the dev inbox: RFC 5321 on a socket that the supervisor opened.

aiosmtpd reads one command line at a time from a stream buffer and answers in order, so commands sent
together (RFC 2920) wait in the buffer and lose nothing: PIPELINING may be advertised. It never discards
input before an answer, because this server offers no STARTTLS.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import socket
import sys
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from mobilize.core import clock
from mobilize.core.settings import load
from mobilize.inbox.store import Writer

log = logging.getLogger(__name__)


class Handler:
    """Answers for one listening server; stores what it accepts."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def handle_EHLO(  # noqa: N802 - aiosmtpd finds hooks by this name
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Greet, and add PIPELINING (RFC 2920) to what the server can do."""
        session.host_name = hostname
        return [responses[0], "250-PIPELINING", *responses[1:]]

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Accept one mail once its file is complete; 452 (RFC 5321 4.2.3) when the disk refuses it."""
        try:
            mail_id = self._writer.add(
                at=clock.now().isoformat(timespec="milliseconds"),
                sender=envelope.mail_from or "",
                recipients=tuple(envelope.rcpt_tos),
                content=envelope.original_content or b"",
            )
        except OSError as error:
            log.warning("a mail could not be stored: %s", error.strerror)
            return "452 4.3.1 Insufficient system storage"
        return f"250 2.0.0 Stored as {mail_id}"


async def serve(listener: socket.socket, folder: Path) -> None:
    """Receive mail on ``listener`` until SIGTERM or SIGINT; ends the conversations that are idle."""
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    handler = Handler(Writer(folder))
    server = await loop.create_server(lambda: _protocol(handler, loop), sock=listener)
    await stopped.wait()
    server.close()


def _protocol(handler: Handler, loop: asyncio.AbstractEventLoop) -> SMTP:
    return SMTP(handler, enable_SMTPUTF8=True, hostname="localhost", ident="Mobilize inbox", loop=loop)


def main(arguments: list[str]) -> None:
    """Run as a child of ``mobilize up``: ``--fd`` is the listening socket that it passed on."""
    parser = argparse.ArgumentParser(prog="python -m mobilize.inbox.receiver")
    parser.add_argument("--fd", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    options = parser.parse_args(arguments)
    clock.rehearse(load(os.environ).rehearsal)
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    # The library logs each command, and with it each address, below ERROR.
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    asyncio.run(serve(socket.socket(fileno=options.fd), options.folder))


if __name__ == "__main__":
    main(sys.argv[1:])
