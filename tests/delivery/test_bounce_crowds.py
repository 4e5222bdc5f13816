"""Connections that say nothing, trickle or never read: whoever has mail for us still gets in."""

from __future__ import annotations

import smtplib
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest

from mobilize.delivery.bounces import conversations
from tests.delivery.engine_world import World
from tests.delivery.returned_mail import HARD, mail, sent_mailing, suppressions
from tests.delivery.test_bounce_receiver import hand_over, listening
from tests.delivery.test_bounce_receiver import world as world

IDLE = 300
"""So many connections without a word kept everybody else waiting once."""


@pytest.fixture
def port(world: World) -> Iterator[int]:
    with listening() as found:
        yield found


def connected(port: int) -> socket.socket:
    wire = socket.create_connection(("127.0.0.1", port), timeout=20)
    assert wire.recv(1_000).startswith(b"220 ")
    return wire


def closed_within(wire: socket.socket, seconds: float) -> bool:
    wire.settimeout(seconds)
    with suppress(ConnectionError):
        while wire.recv(1_000):
            """Read what it says to the end."""
    return True


def test_idle_connections_make_room(port: int, world: World) -> None:
    """The longest waiting stranger goes with 421; a relay with a bounce is heard among 300 that say nothing."""
    _message_id, paths = sent_mailing(world)
    with ExitStack() as stack:
        idle = [stack.enter_context(connected(port)) for _number in range(IDLE)]
        assert idle[0].recv(1_000).startswith(b"421 ")
        with smtplib.SMTP("127.0.0.1", port, timeout=20) as client:
            assert hand_over(client, [paths[0]], mail(HARD)) == [250]
        idle[-1].setblocking(False)
        with pytest.raises(BlockingIOError):
            idle[-1].recv(1)
    assert suppressions() == ["hard-bounce"]


def test_known_ones_keep_their_room(port: int, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """When everybody inside has mail for us, the next one is asked to come again (RFC 5321, 4.2.3)."""
    monkeypatch.setattr(conversations, "MOST", 2)
    _message_id, paths = sent_mailing(world)
    with smtplib.SMTP("127.0.0.1", port) as first, smtplib.SMTP("127.0.0.1", port) as second:
        for client in (first, second):
            client.ehlo()
            client.mail("")
            assert client.rcpt(paths[0])[0] == 250
        with pytest.raises(smtplib.SMTPConnectError) as refused:
            smtplib.SMTP("127.0.0.1", port, timeout=20)
        assert refused.value.smtp_code == 421
        assert first.noop()[0] == 250
    with connected(port):
        """There is room again."""


@pytest.mark.parametrize("words", [b"", b"NOOP\r\n"], ids=["idle", "busy with nothing"])
def test_a_stranger_is_let_go(world: World, monkeypatch: pytest.MonkeyPatch, words: bytes) -> None:
    """Also one that keeps talking, which starts the library's own timer anew each time."""
    monkeypatch.setattr(conversations, "STRANGER_SECONDS", 0.3)
    with listening() as port, connected(port) as wire:
        until = time.monotonic() + 20
        with suppress(ConnectionError):
            while words and time.monotonic() < until:
                wire.sendall(words)
                time.sleep(0.02)
        assert closed_within(wire, 20)


def test_one_that_reads_nothing_is_cut_off(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its answers fill the buffers; an orderly end would wait for it to read them."""
    monkeypatch.setattr(conversations, "STRANGER_SECONDS", 0.5)
    with listening() as port, connected(port) as wire:
        wire.settimeout(100)
        with pytest.raises(ConnectionError):
            wire.sendall(b"NOOP\r\n" * 10_000_000)


def test_a_known_one_ends_as_well(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever once got a mail of ours knows a return path: that holds a connection for ten minutes at most."""
    monkeypatch.setattr(conversations, "WHOLE_SECONDS", 0.5)
    _message_id, paths = sent_mailing(world)
    with listening() as port, connected(port) as wire:
        wire.sendall(f"EHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<{paths[0]}>\r\n".encode())
        assert closed_within(wire, 20)
