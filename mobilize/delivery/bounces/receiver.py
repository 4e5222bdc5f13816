"""``mobilize bounces``: SMTP (RFC 5321) or LMTP (RFC 2033) for what comes back, behind a relay or from Postfix itself.

Only addresses whose token a mailbox verifies are let in: nobody without one of our mails gets as far as DATA. A mail is
answered with 250 after its commit and with 451 while the database is away: the other server keeps it. Nothing of it
is stored but what ``service`` says, and no address is logged.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import AnyStr

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy.exc import SQLAlchemyError

from mobilize.core import clock, db
from mobilize.delivery.bounces import service
from mobilize.delivery.bounces.conversations import Conversation, Conversations
from mobilize.delivery.bounces.mailboxes import RETURNS, Mailbox, take
from mobilize.delivery.sending.return_path import key_in

log = structlog.get_logger(__name__)

MAX_MAIL = 16 * 1024 * 1024
MAX_LINE = 64 * 1024
MAX_RECIPIENTS = 100
AT_ONCE = 4
COUNT_EVERY = 10.0

TAKEN = "250 2.0.0 Taken"
NOT_OURS = "550 5.1.1 Not an address of this service"
LATER = "451 4.3.0 Not now, try again"


def quieten_libraries() -> None:
    """Both log what they read, and with it addresses."""
    for name in ("mail.log", "flufl.bounce"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


class Handler:
    """Answers for one listening server. ``feedback``: addresses, in lower case, to which feedback loops report."""

    def __init__(
        self, feedback: Collection[str] = (), others: Sequence[Mailbox] = (), *, is_lmtp: bool = False
    ) -> None:
        self._feedback, self._others = frozenset(feedback), others
        self._is_lmtp = is_lmtp
        self._workers = asyncio.Semaphore(AT_ONCE)
        self._refused: Counter[str] = Counter()

    async def handle_RCPT(  # noqa: N802 - aiosmtpd finds hooks by this name
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Let an address in whose token verifies, or that may hold a random key; nothing is looked up.

        Anybody can write down what looks like a key. So it gives its connection no more room, and ``take`` judges it.
        """
        is_known = address.lower() in self._feedback or any(box.knows(address) for box in (RETURNS, *self._others))
        if not is_known and key_in(address) is None:
            self._refused[service.FORGED] += 1
            return NOT_OURS
        if len(envelope.rcpt_tos) >= MAX_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        if is_known and isinstance(server, Receiver) and server.conversation is not None:
            server.conversation.is_known = True
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """One answer to SMTP, one a recipient to LMTP."""
        raw, addresses = envelope.original_content or b"", envelope.rcpt_tos
        if not self._is_lmtp:
            return await self._answer(addresses, raw)
        return "\r\n".join([await self._answer([address], raw) for address in addresses])

    async def handle_exception(self, error: Exception) -> str:
        """What nobody foresaw between two mails is answered as a passing trouble."""
        log.error("bounces.failed", error=type(error).__name__)
        return LATER

    async def count_refused(self) -> None:
        """Write down how many addresses were refused, from time to time; while it cannot, it goes on counting."""
        while True:
            await asyncio.sleep(COUNT_EVERY)
            await asyncio.to_thread(self.write_refused)

    def write_refused(self) -> None:
        """Move the counts of this process into the database."""
        numbers, self._refused = self._refused, Counter()
        if not numbers:
            return
        try:
            with db.writing():
                service.tally_all(numbers, clock.now())
        except SQLAlchemyError as error:
            log.warning("bounces.not_counted", error=type(error).__name__)
            self._refused.update(numbers)

    async def _answer(self, addresses: Collection[str], raw: bytes) -> str:
        async with self._workers:
            try:
                await asyncio.to_thread(take, addresses, raw, self._others)
            except (SQLAlchemyError, service.TooEarly) as error:
                log.warning("bounces.later", error=type(error).__name__)
                return LATER
            except Exception:
                # The outer edge: a fault of ours must cost nobody a mail, nor LMTP its answer a recipient.
                log.exception("bounces.failed")
                return LATER
        return TAKEN


class Receiver(SMTP):
    """SMTP that reads the long lines which mail of others has, for no longer than `conversations` says."""

    line_length_limit = MAX_LINE

    def __init__(self, handler: Handler, conversations: Conversations, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(
            handler,
            data_size_limit=MAX_MAIL,
            enable_SMTPUTF8=True,
            hostname="localhost",
            ident="Mobilize bounces",
            loop=loop,
        )
        self.conversation: Conversation | None = None
        self._conversations = conversations

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin the conversation, if there is room for one."""
        if isinstance(transport, asyncio.Transport):
            self.conversation = self._conversations.begin(transport)
        if self.conversation is not None:
            super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Make room."""
        if self.conversation is not None:
            self._conversations.end(self.conversation)
            super().connection_lost(error)


class LmtpReceiver(Receiver, LMTP):
    """LMTP that also refuses a whole mail once a recipient (RFC 2033, 4.2)."""

    _is_reading = False

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - the library's name
        self._is_reading = True
        try:
            await super().smtp_DATA(arg)
        finally:
            self._is_reading = False

    async def push(self, status: AnyStr) -> None:
        """Answer, and let other connections have a turn: a client that sends many commands at once is read in one go.

        The library answers a mail that is too long only once.
        """
        too_long = isinstance(status, str) and status[:3] in {"500", "552"} and self._is_reading
        recipients = len(self.envelope.rcpt_tos) if too_long and self.envelope is not None else 1
        for _recipient in range(max(recipients, 1)):
            await super().push(status)
        await asyncio.sleep(0)


async def serve(
    listener: socket.socket,
    *,
    is_lmtp: bool = False,
    feedback: Collection[str] = (),
    others: Sequence[Mailbox] = (),
    ready: Callable[[Callable[[], object]], object] | None = None,
) -> None:
    """Receive on ``listener`` until SIGTERM or SIGINT, returned mail and what is for the ``others``.

    ``ready`` is for a caller in another thread: it is given the function that ends this, and no signals are handled.
    A conversation that is cut off loses nothing: without our 250 the other server keeps its mail.
    """
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    handler = Handler([address.lower() for address in feedback], others, is_lmtp=is_lmtp)
    kind = LmtpReceiver if is_lmtp else Receiver
    server = await loop.create_server(partial(kind, handler, Conversations(loop), loop), sock=listener)
    counting = asyncio.create_task(handler.count_refused())
    if ready is None:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stopped.set)
    else:
        ready(partial(loop.call_soon_threadsafe, stopped.set))
    await stopped.wait()
    server.close()
    counting.cancel()
    handler.write_refused()
