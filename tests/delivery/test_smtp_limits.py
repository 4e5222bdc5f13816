"""A mail server that never stops talking, or never finishes a sentence: bounded in octets and time at every step."""

from __future__ import annotations

import socket
import ssl
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mobilize.core import public_internet
from mobilize.delivery.smtp.client import MAX_OCTETS
from mobilize.delivery.smtp.connections import Connections
from mobilize.delivery.smtp.opening import CannotOpen, Opener, Timeouts
from mobilize.delivery.smtp.settings import SmtpSettings
from mobilize.delivery.smtp.transport import Lost, Outgoing, Phase

Talk = Callable[[socket.socket], None]

MESSAGE = Outgoing(1, "b@example.org", "r@example.org", b"Subject: hello\r\n\r\nWords.\r\n")
SLOWLY = 0.02
DEADLINE = 0.6


@contextmanager
def talking(talk: Talk) -> Iterator[str]:
    """A server that treats each connection as `talk` does; its URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_accept, args=(listener, talk), daemon=True).start()
        yield f"smtp://127.0.0.1:{listener.getsockname()[1]}"
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket, talk: Talk) -> None:
    with suppress(OSError):
        while True:
            wire, _peer = listener.accept()
            threading.Thread(target=_talk, args=(wire, talk), daemon=True).start()


def _talk(wire: socket.socket, talk: Talk) -> None:
    with wire, suppress(OSError):
        talk(wire)


def opener(url: str, timeouts: Timeouts) -> Opener:
    return Opener(SmtpSettings.from_url(url), "client.example.org", timeouts, ssl.create_default_context())


def without_end(piece: bytes, every: float = 0.0) -> Talk:
    def talk(wire: socket.socket) -> None:
        while True:
            wire.sendall(piece)
            time.sleep(every)

    return talk


def after(*replies: bytes, then: Talk) -> Talk:
    """Say these, each but the first after something was heard; then go on otherwise."""

    def talk(wire: socket.socket) -> None:
        for number, reply in enumerate(replies):
            if number:
                wire.recv(65_536)
            wire.sendall(reply)
        wire.recv(65_536)
        then(wire)

    return talk


FLOODS = {
    "greeting of one line": without_end(b"2" * 65_536),
    "greeting of many lines": without_end(b"220-hello\r\n" * 6_000),
    "EHLO": after(b"220 hello\r\n", then=without_end(b"250-WORDS\r\n" * 6_000)),
    "login": after(b"220 hello\r\n", b"250 AUTH PLAIN\r\n", then=without_end(b"334-" + b"x" * 2_000 + b"\r\n")),
}


@pytest.mark.parametrize("talk", FLOODS.values(), ids=FLOODS)
def test_an_opening_without_end_is_given_up(talk: Talk) -> None:
    """Little memory is used, and the connection is closed."""
    with talking(talk) as url:
        at = url.replace("smtp://", "smtp://user:word@") if talk is FLOODS["login"] else url
        tracemalloc.start()
        try:
            with pytest.raises(CannotOpen):
                opener(at + "?starttls=off", Timeouts(connect=20, opening=20)).open()
            assert tracemalloc.get_traced_memory()[1] < 20 * MAX_OCTETS
        finally:
            tracemalloc.stop()


TRICKLES = {
    "greeting": without_end(b"2", SLOWLY),
    "lines of a greeting": without_end(b"220-hello\r\n", SLOWLY),
    "EHLO": after(b"220 hello\r\n", then=without_end(b"2", SLOWLY)),
}


@pytest.mark.parametrize("talk", TRICKLES.values(), ids=TRICKLES)
def test_an_opening_that_trickles_ends_at_its_deadline(talk: Talk) -> None:
    """Each octet comes in time; all together do not."""
    with talking(talk) as url:
        began = time.monotonic()
        with pytest.raises(CannotOpen, match=r"TimeoutError|too long"):
            opener(url, Timeouts(connect=20, opening=DEADLINE)).open()
        assert time.monotonic() - began < 10 * DEADLINE


def test_a_reply_that_trickles_does_not_keep_a_message() -> None:
    """After the opening the same holds for each reply."""
    trickling = after(b"220 hello\r\n", b"250 server\r\n", then=without_end(b"2", SLOWLY))
    with talking(trickling) as url:
        patience = Timeouts(connect=20, reply=DEADLINE, write=20, dot=20)
        sender = Connections(SmtpSettings.from_url(url), helo="client.example.org", limit=1, timeouts=patience)
        results = list(sender.send([MESSAGE]))
        sender.close()
    assert results == [Lost(1, Phase.MAIL, "the server did not answer in time")]


def test_words_that_nobody_asked_for_end_the_opening() -> None:
    """What a server says before TLS must not be taken for its first words in it (RFC 3207, 6)."""
    with talking(after(b"220 hello\r\n220 and again\r\n", then=without_end(b"", 1))) as url, pytest.raises(CannotOpen):
        opener(url, Timeouts(connect=5)).open()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.one_of(
            st.binary(max_size=200),
            st.sampled_from([b"220 hello\r\n", b"250-AUTH LOGIN CRAM-MD5\r\n250 SIZE 1\r\n", b"334 %%%\r\n"]),
        ),
        max_size=5,
    )
)
def test_whatever_a_server_says_is_a_result(replies: list[bytes]) -> None:
    """An opening ends with a connection or CannotOpen; another error would end the worker's drain."""
    with talking(after(b"220 hello\r\n", *replies, then=lambda _wire: None)) as url:
        at = url.replace("smtp://", "smtp://user:word@") + "?starttls=off"
        with suppress(CannotOpen):
            opener(at, Timeouts(connect=0.1, opening=0.3)).open()[0].close()


def test_a_name_is_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The address that was judged is the one that is connected to: a name may answer otherwise the next time."""
    asked: list[str] = []

    def answers(host: str, port: int, **_options: object) -> object:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    with talking(after(b"220 hello\r\n", b"250 server\r\n", then=without_end(b"", 1))) as url:
        monkeypatch.setattr(public_internet.socket, "getaddrinfo", answers)
        at = url.replace("127.0.0.1", "mail.example.org") + "?starttls=off"
        opener(at, Timeouts(connect=5)).open()[0].close()
    assert asked == ["mail.example.org"]
