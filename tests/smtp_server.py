"""A scripted SMTP server on loopback: says what a test tells it to, and records what it was told."""

from __future__ import annotations

import re
import socket
import ssl
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

_TO = re.compile(rb"^To: .*?([\w.-]+@[\w.-]+)>?\r$", re.MULTILINE)

DROP = "DROP"
SILENCE = "SILENCE"
DEFAULTS = {
    "GREETING": "220 server.example.org ESMTP",
    "MAIL": "250 2.1.0 ok",
    "RCPT": "250 2.1.5 ok",
    "DATA": "354 go on",
    "BODY": "",
    "DOT": "250 2.0.0 queued",
    "RSET": "250 2.0.0 flushed",
    "QUIT": "221 2.0.0 bye",
    "AUTH": "235 2.7.0 welcome",
    "STARTTLS": "220 2.0.0 go ahead",
}


@dataclass
class SmtpServer:
    """Answers by DEFAULTS, unless `answers[verb]` holds something: a reply, DROP or SILENCE, each used once.

    `options` are for whoever speaks to it, as in `?pipelining=off`.
    `delay` is the seconds between hearing and answering, as over a long way; while `gate` is cleared no
    answer leaves. `batches` holds what arrived in one read: commands sent together are pipelined.
    """

    extensions: tuple[str, ...] = ("PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE 10000000")
    tls: ssl.SSLContext | None = None
    answers: dict[str, deque[str]] = field(default_factory=lambda: defaultdict(deque))
    commands: list[str] = field(default_factory=list)
    batches: list[bytes] = field(default_factory=list)
    messages: list[bytes] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    lenient: bool = False
    options: str = ""
    delay: float = 0.0
    gate: threading.Event = field(default_factory=threading.Event)
    _stopping: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    def will(self, verb: str, *replies: str) -> None:
        """Say these in turn when the verb comes; "ok" is the default answer."""
        self.answers[verb].extend(DEFAULTS[verb] if reply == "ok" else reply for reply in replies)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def heard(self, command: str, within: float = 5.0) -> bool:
        """Whether this command came, waiting for it so many seconds."""
        until = time.monotonic() + within
        while command not in self.commands and time.monotonic() < until:
            time.sleep(0.01)
        return command in self.commands

    def copies(self) -> Counter[str]:
        """How many messages it took for each address in a To field."""
        found = (_TO.search(message) for message in list(self.messages))
        return Counter(one[1].decode() for one in found if one)


class _Hangup(Exception):
    """The script ends the connection here."""


class _Session:
    """One connection."""

    def __init__(self, server: SmtpServer, wire: socket.socket) -> None:
        self.server, self.wire, self.buffer = server, wire, b""
        self.open = False
        self.recipients = 0

    def run(self) -> None:
        with suppress(_Hangup, OSError):
            self.say("GREETING")
            while True:
                self.command(self.line())

    def command(self, line: str) -> None:
        verb = line.split(" ")[0].upper()
        self.server.commands.append(line)
        if verb in {"EHLO", "HELO"}:
            offered = ("server.example.org", *self.server.extensions)
            lines = [f"250{'-' if at < len(offered) - 1 else ' '}{word}\r\n" for at, word in enumerate(offered)]
            self.write("".join(lines).encode())
        elif verb == "DATA":
            self.data()
        elif verb == "STARTTLS":
            self.say(verb)
            assert self.server.tls is not None
            self.wire = self.server.tls.wrap_socket(self.wire, server_side=True)
        else:
            self.simple(verb)

    def simple(self, verb: str) -> None:
        if verb == "RCPT" and not self.open:
            self.write(b"503 5.5.1 no sender\r\n")
            return
        if verb == "MAIL" and self.open:
            self.write(b"503 5.5.1 nested\r\n")
            return
        code = self.say(verb)
        if verb == "RCPT" and code.startswith("2"):
            self.recipients += 1
        if verb in {"MAIL", "RSET"}:
            self.recipients, self.open = 0, verb == "MAIL" and code.startswith("2")
        if verb == "QUIT" or code.startswith("421"):
            raise _Hangup

    def data(self) -> None:
        if not self.recipients and not self.server.lenient:
            self.write(b"503 5.5.1 no recipients\r\n")
            return
        if not self.say("DATA").startswith("354"):
            return
        if self.answers("BODY") == DROP:
            self.line()
            raise _Hangup
        self.open = False
        lines = iter(self.line, ".")
        message = "".join(f"{line[1:] if line.startswith('.') else line}\r\n" for line in lines)
        answer = self.answers("DOT" if self.recipients else "RSET")
        if self.recipients and not answer.startswith(("4", "5")):
            self.server.messages.append(message.encode("latin-1"))
        if self.give(answer).startswith("421"):
            raise _Hangup

    def answers(self, verb: str) -> str:
        scripted = self.server.answers[verb]
        return scripted.popleft() if scripted else DEFAULTS.get(verb, "500 5.5.2 unknown")

    def say(self, verb: str) -> str:
        return self.give(self.answers(verb))

    def give(self, answer: str) -> str:
        if answer == DROP:
            raise _Hangup
        if answer == SILENCE:
            self.server._stopping.wait(20)
            raise _Hangup
        self.write(answer.encode() + b"\r\n")
        return answer

    def write(self, octets: bytes) -> None:
        self.server.gate.wait()
        self.wire.sendall(octets)

    def line(self) -> str:
        while b"\r\n" not in self.buffer:
            octets = self.wire.recv(65536)
            if not octets:
                raise _Hangup
            self.server.batches.append(octets)
            time.sleep(self.server.delay)
            self.buffer += octets
        line, _end, self.buffer = self.buffer.partition(b"\r\n")
        return line.decode("latin-1")


@contextmanager
def running(server: SmtpServer, *, implicit_tls: bool = False) -> Iterator[SmtpServer]:
    """The server on a free port of 127.0.0.1 until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server.port = listener.getsockname()[1]
        thread = threading.Thread(target=_accept, args=(server, listener, implicit_tls), daemon=True)
        thread.start()
        yield server
        server._stopping.set()
        server.gate.set()
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def _accept(server: SmtpServer, listener: socket.socket, implicit_tls: bool) -> None:
    sessions: list[threading.Thread] = []
    with suppress(OSError):
        while True:
            wire, _peer = listener.accept()
            server.connections += 1
            sessions.append(threading.Thread(target=_serve, args=(server, wire, implicit_tls), daemon=True))
            sessions[-1].start()
    _join(sessions)


def _join(sessions: Iterable[threading.Thread]) -> None:
    for session in sessions:
        session.join(5)


def _serve(server: SmtpServer, wire: socket.socket, implicit_tls: bool) -> None:
    session = _Session(server, wire)
    try:
        if implicit_tls and server.tls:
            session.wire = server.tls.wrap_socket(wire, server_side=True)
        session.run()
    except OSError:
        pass
    finally:
        session.wire.close()
