"""The part of SMTP that moves mail, without any socket: octets in, octets and results out (RFC 5321, RFC 2920).

    start ─► [MAIL RCPT DATA]                    one group, DATA last
    354   ─► `asks`, until the driver decides
             go_on ─► [body . ] [MAIL RCPT DATA] the end of one message and the envelope of the next in one write
             withhold ─► the end of the connection: SMTP knows no other way back
    250   ─► Accepted

Lock-step sends one command at a time. `sent` must be told how much the wire took, because a connection lost before
the final dot left is a safe retry, and one lost after it leaves the message `unknown`.
"""

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from mobilize.delivery.mime.header_fields import wire_address
from mobilize.delivery.smtp.replies import NotSmtp, Reply, ReplyReader
from mobilize.delivery.smtp.transport import Accepted, Deferred, Lost, Outgoing, Phase, Rejected, Result

CLOSING = 421

Draw = Callable[[], Outgoing | None]
Commands = tuple[bytes, bytes, bytes]

_ALL_WELL = re.compile(rb"(?:2\d\d [^\n]{,500}\n){3}354 [^\n]{,500}\n\Z")
_ENDS_COMMAND = re.compile(r"[\x00-\x20\x7f<>]")


@dataclass(frozen=True, slots=True)
class Extensions:
    """What the server's EHLO offered that matters here; `size` 0 is no limit."""

    pipelining: bool = False
    eight_bit: bool = False
    utf8: bool = False
    size: int = 0


@dataclass(slots=True, eq=False)
class _Turn:
    """One message in its conversation."""

    outgoing: Outgoing
    commands: Commands
    result: Result | None = None
    phase: Phase = Phase.MAIL
    dot_at: int = 0


class Dialogue:
    """One connection's mail transactions, kept over as many windows as the server likes; `replies` counts them."""

    def __init__(self, extensions: Extensions) -> None:
        self._offered = extensions
        self._draw: Draw = _nothing
        self._reader = ReplyReader()
        self._awaited: deque[tuple[_Turn | None, Phase]] = deque()
        self._turns: deque[_Turn] = deque()
        self._results: list[Result] = []
        self._out: list[bytes] = []
        self._leaving: deque[_Turn] = deque()
        self._queued = self._gone = 0
        self._reset_first = False
        self._asking: _Turn | None = None
        self.closing = False
        self.replies = 0

    @property
    def idle(self) -> bool:
        """Whether nothing is awaited: the moment to start, to close, or to leave the connection open."""
        return not self._awaited and not self._out and self._asking is None

    @property
    def asks(self) -> int | None:
        """The key of the message whose body the server waits for, until `go_on` or `withhold`."""
        return None if self._asking is None else self._asking.outgoing.key

    @property
    def after_dot(self) -> bool:
        """Whether the oldest message waits for the answer to its final dot (which may take ten minutes)."""
        return bool(self._awaited) and self._awaited[0][1] is Phase.DOT

    def start(self, draw: Draw) -> None:
        """Begin a transaction, if the connection is free to; `draw` gives the next message, or None for now."""
        self._draw = draw
        if self.idle and not self.closing:
            self._begin_next()

    def go_on(self) -> None:
        """Let the body leave that the server asks for."""
        turn, self._asking = self._asking, None
        if turn is not None:
            self._body(turn)

    def withhold(self) -> None:
        """Keep the body that the server asks for: its message was never offered, and has no result."""
        if self._asking is not None:
            self._turns.remove(self._asking)
            self._asking, self.closing = None, True

    def outbound(self) -> bytes:
        """The octets to write now; the caller owns them and reports progress with `sent`."""
        if not self._out:
            return b""
        octets = b"".join(self._out)
        self._out.clear()
        return octets

    def may_write(self) -> bool:
        """Whether the bodies among what is queued may still leave; asked right before each write."""
        while self._leaving and self._leaving[0].dot_at <= self._gone:
            self._leaving.popleft()
        return all(turn.outgoing.may_leave() for turn in self._leaving)

    def sent(self, count: int) -> None:
        """The wire took this many octets of what `outbound` gave."""
        self._gone += count

    def receive(self, octets: bytes) -> list[Result]:
        """Results known by these octets; more may have to be written afterwards.

        Raises:
            NotSmtp: the other side talks nonsense; treat it as a lost connection.
        """
        if not self._all_well(octets):
            for reply in self._reader.feed(octets):
                self._answer(reply)
        return self.results()

    def results(self) -> list[Result]:
        """Results not given out yet."""
        found, self._results = self._results, []
        return found

    def lost(self, reason: str) -> list[Result]:
        """What the end of the connection means for every message that has no result yet."""
        self.closing = True
        for turn in self._turns:
            if turn.result is None:
                self._results.append(Lost(turn.outgoing.key, self._reached(turn), reason))
        self._asking = None
        self._turns.clear()
        self._awaited.clear()
        self._out.clear()
        self._leaving.clear()
        return self.results()

    # Writing

    def _begin_next(self) -> None:
        turn = self._next_turn()
        if turn is None:
            return
        self._turns.append(turn)
        if self._reset_first:
            self._command(None, Phase.CONNECT, b"RSET\r\n")
            self._reset_first = False
        if self._offered.pipelining:
            self._write(b"".join(turn.commands))
            self._awaited.extend(((turn, Phase.MAIL), (turn, Phase.RCPT), (turn, Phase.DATA)))
        else:
            self._command(turn, Phase.MAIL, turn.commands[0])

    def _next_turn(self) -> _Turn | None:
        while (outgoing := self._draw()) is not None:
            found = envelope(outgoing, self._offered)
            if not isinstance(found, Rejected):
                return _Turn(outgoing, found)
            self._results.append(found)
        return None

    def _command(self, turn: _Turn | None, phase: Phase, octets: bytes) -> None:
        self._write(octets)
        self._awaited.append((turn, phase))

    def _write(self, octets: bytes) -> None:
        self._out.append(octets)
        self._queued += len(octets)

    def _body(self, turn: _Turn) -> None:
        turn.phase = Phase.BODY
        self._write(stuffed(turn.outgoing))
        self._command(turn, Phase.DOT, b".\r\n")
        turn.dot_at = self._queued
        self._leaving.append(turn)
        if self._offered.pipelining:
            self._begin_next()

    def _reached(self, turn: _Turn) -> Phase:
        return Phase.DOT if turn.dot_at and self._gone >= turn.dot_at else turn.phase

    # Reading

    def _all_well(self, octets: bytes) -> bool:
        """Follow the usual answers to a group in one step: one message is accepted, the next one's body is asked for.

        Nothing else is said here than `_answer` would say, reply by reply; false if it has to.
        """
        if len(self._awaited) != 4 or self._reader.amid_a_reply or not _ALL_WELL.match(octets):
            return False
        (done, first), *_envelope, (turn, last) = self._awaited
        if done is None or turn is None or turn.result is not None or (first, last) != (Phase.DOT, Phase.DATA):
            return False
        self._awaited.clear()
        self.replies += 4
        self._settle(done, Accepted(done.outgoing.key))
        self._asking = turn
        return True

    def _answer(self, reply: Reply) -> None:
        self.replies += 1
        if not self._awaited:
            self.closing = True
            return
        turn, phase = self._awaited.popleft()
        if turn is not None:
            self._answer_turn(turn, phase, reply)
        if reply.code == CLOSING:
            self.closing = True
        if self.idle and not self.closing:
            self._begin_next()

    def _answer_turn(self, turn: _Turn, phase: Phase, reply: Reply) -> None:
        if phase is Phase.DOT:
            self._finish(turn, phase, reply)
        elif phase is Phase.DATA:
            self._answer_data(turn, reply)
        elif turn.result is None:
            self._answer_envelope(turn, phase, reply)

    def _answer_envelope(self, turn: _Turn, phase: Phase, reply: Reply) -> None:
        if not reply.done:
            self._finish(turn, phase, reply)
            self._reset_first = True
            return
        turn.phase = Phase.RCPT if phase is Phase.MAIL else Phase.DATA
        if not self._offered.pipelining:
            self._command(turn, turn.phase, turn.commands[1 if phase is Phase.MAIL else 2])

    def _answer_data(self, turn: _Turn, reply: Reply) -> None:
        if turn.result is None and reply.code == 354:
            self._asking = turn
        elif turn.result is None:
            self._finish(turn, Phase.DATA, reply)
            self._reset_first = True
        elif reply.code == 354:
            self._command(None, Phase.DOT, b".\r\n")

    def _finish(self, turn: _Turn, phase: Phase, reply: Reply) -> None:
        """Keep the first verdict; a later answer to the same message (a 503 after a refused RCPT) adds nothing."""
        if turn.result is None:
            self._settle(turn, verdict(turn.outgoing.key, phase, reply))

    def _settle(self, turn: _Turn, result: Result) -> None:
        turn.result = result
        self._results.append(result)
        self._turns.remove(turn)


def verdict(key: int, phase: Phase, reply: Reply) -> Result:
    """What a reply means for a message.

    Raises:
        NotSmtp: an answer that cannot be one to this command; question and answer are out of step.
    """
    if reply.done and phase is Phase.DOT:
        return Accepted(key)
    if reply.code // 100 == 4:
        return Deferred(key, phase, reply.code, reply.enhanced, reply.text)
    if reply.code // 100 == 5:
        return Rejected(key, phase, reply.code, reply.enhanced, reply.text)
    raise NotSmtp(f"the server answered {reply.code} in phase {phase}")


def envelope(outgoing: Outgoing, offered: Extensions) -> Commands | Rejected:
    """MAIL, RCPT and DATA, or why the message cannot even be offered to this server (RFC 6531, 6152, 1870)."""
    if _ENDS_COMMAND.search(outgoing.sender) or _ENDS_COMMAND.search(outgoing.recipient):
        return _local(outgoing, 553, "5.1.3", "the address holds characters that cannot be sent")
    sender, recipient = wire_address(outgoing.sender), wire_address(outgoing.recipient)
    needs_utf8 = not (sender.isascii() and recipient.isascii())
    eight_bit, size = not outgoing.message.isascii(), len(outgoing.message)
    if needs_utf8 and not offered.utf8:
        return _local(outgoing, 550, "5.6.7", "the mail server does not take addresses with letters beyond ASCII")
    if eight_bit and not offered.eight_bit:
        return _local(outgoing, 554, "5.6.3", "the mail server does not take 8-bit content")
    if offered.size and size > offered.size:
        return _local(outgoing, 552, "5.3.4", "the message is larger than the mail server takes")
    options = f" SIZE={size}" if offered.size else ""
    options += " BODY=8BITMIME" if eight_bit else ""
    options += " SMTPUTF8" if needs_utf8 else ""
    return f"MAIL FROM:<{sender}>{options}\r\n".encode(), f"RCPT TO:<{recipient}>\r\n".encode(), b"DATA\r\n"


def stuffed(outgoing: Outgoing) -> bytes:
    """The message with dots doubled at the start of lines (RFC 5321, 4.5.2), ended by CRLF."""
    message = outgoing.message
    if not outgoing.dotless:
        message = message.replace(b"\n.", b"\n..")
        message = b"." + message if message.startswith(b".") else message
    return message if message.endswith(b"\r\n") else message + b"\r\n"


def _nothing() -> None:
    return None


def _local(outgoing: Outgoing, code: int, enhanced: str, text: str) -> Rejected:
    return Rejected(outgoing.key, Phase.CONNECT, code, enhanced, text, local=True)
