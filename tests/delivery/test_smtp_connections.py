"""Many connections at once: opened as answers allow, and as truthful about every message as one is."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence

import pytest

from mobilize.delivery.smtp.connections import Connections
from mobilize.delivery.smtp.opening import Timeouts
from mobilize.delivery.smtp.settings import SmtpSettings
from mobilize.delivery.smtp.transport import Accepted, Deferred, Lost, Outgoing, Phase, Rejected, Result
from tests.smtp_server import DROP, SILENCE, SmtpServer, running

BODY = b"Subject: hello\r\n\r\nWords.\r\n"


@pytest.fixture(params=["pipelined", "lock-step"])
def server(request: pytest.FixtureRequest) -> Iterator[SmtpServer]:
    extensions = ("PIPELINING", "8BITMIME") if request.param == "pipelined" else ("8BITMIME",)
    with running(SmtpServer(extensions, delay=0.005)) as started:
        yield started


@pytest.fixture
def connections(server: SmtpServer) -> Iterator[Connections]:
    made = to(server)
    yield made
    made.close()


def to(server: SmtpServer, limit: int = 8, idle_seconds: float = 30, wait: float = 20) -> Connections:
    settings = SmtpSettings.from_url(server.url)
    timeouts = Timeouts(connect=20, reply=wait, write=20, dot=wait)
    return Connections(settings, helo="c.example.org", limit=limit, idle_seconds=idle_seconds, timeouts=timeouts)


def window(count: int) -> list[Outgoing]:
    return [Outgoing(key, "b@example.org", f"r{key}@example.org", BODY) for key in range(1, count + 1)]


def sent(connections: Connections, count: int) -> dict[int, Result]:
    results = list(connections.send(window(count)))
    assert sorted(result.key for result in results) == list(range(1, count + 1))
    return {result.key: result for result in results}


def test_connections_are_opened_as_answers_come(server: SmtpServer, connections: Connections) -> None:
    """One message needs one connection; many messages get as many as are allowed, and no more."""
    sent(connections, 1)
    assert server.connections == 1
    results = sent(connections, 200)
    assert {type(result) for result in results.values()} == {Accepted}
    assert 2 < server.connections <= 8
    assert len(server.messages) == 201


def test_messages_are_drawn_as_the_wire_takes_them(connections: Connections) -> None:
    """An iterator is never asked far ahead: two for each connection, those on their way included."""
    drawn = known = 0

    def feed() -> Iterator[Outgoing]:
        nonlocal drawn
        for message in window(100):
            drawn += 1
            assert drawn - known <= 8 * 2 + 8 + 1
            yield message

    for _result in connections.send(feed()):
        known += 1
    assert known == 100


def test_something_is_done_while_servers_are_waited_for(connections: Connections) -> None:
    """One thing at a time, until there is no more of it; endless work keeps no answer waiting."""
    left = 5

    def meanwhile() -> bool:
        nonlocal left
        left -= 1
        return left >= 0

    assert len(list(connections.send(window(20), meanwhile=meanwhile))) == 20
    assert left < 0
    assert len(list(connections.send(window(20), meanwhile=lambda: True))) == 20


def test_every_fault_keeps_to_its_message(server: SmtpServer, connections: Connections) -> None:
    """Refusals, deferrals and a drop after the dot, each told of one message; all others are accepted."""
    server.will("RCPT", *["ok"] * 20, "550 5.1.1 unknown", "450 4.2.0 later")
    server.will("DOT", *["ok"] * 30, DROP)
    results = list(sent(connections, 100).values())
    odd = [result for result in results if not isinstance(result, Accepted)]
    assert sorted(type(result).__name__ for result in odd) == ["Deferred", "Lost", "Rejected"]
    assert [result.unknown for result in odd if isinstance(result, Lost)] == [True]
    assert len(server.messages) == 98
    assert {result.phase for result in odd if isinstance(result, Deferred | Rejected)} == {Phase.RCPT}


def test_421_costs_one_deferral(server: SmtpServer, connections: Connections) -> None:
    """The connection ends, others are opened, nobody is skipped."""
    server.will("DOT", *["ok"] * 10, *["421 4.7.0 slow down"] * 3)
    results = list(sent(connections, 60).values())
    assert [result.code for result in results if isinstance(result, Deferred)] == [421] * 3
    assert sum(isinstance(result, Accepted) for result in results) == 57


def test_silence_is_not_waited_for_twice(server: SmtpServer) -> None:
    """Connections that go silent expire, while the others go on."""
    server.will("DOT", "ok", "ok", SILENCE)
    connections = to(server, wait=2)
    results = list(sent(connections, 30).values())
    assert [result.unknown for result in results if isinstance(result, Lost)] == [True]
    assert sum(isinstance(result, Accepted) for result in results) == 29
    connections.close()


def test_nobody_listens() -> None:
    """Every message is lost before it began, and the driver can be used again."""
    with running(SmtpServer()) as server:
        connections = to(server)
    assert {getattr(result, "phase", None) for result in sent(connections, 20).values()} == {Phase.CONNECT}
    connections.close()


def test_a_server_that_hangs_up_at_once(server: SmtpServer, connections: Connections) -> None:
    """A drop at the first MAIL of every connection ends in bounded attempts and safe results."""
    server.will("MAIL", *[DROP] * 500)
    results = sent(connections, 20)
    assert all(isinstance(result, Lost) and not result.unknown for result in results.values())
    assert server.connections <= 16


def test_idle_connections_are_closed(server: SmtpServer) -> None:
    """After the idle time the old connection is closed with QUIT and a new one is opened."""
    connections = to(server, limit=1, idle_seconds=0)
    sent(connections, 2)
    sent(connections, 2)
    connections.close()
    assert server.connections == 2


def test_a_consumer_may_stop_early(server: SmtpServer, connections: Connections) -> None:
    """Leaving the results half-read closes what is in flight; the next window starts clean."""
    for _result in connections.send(window(50)):
        break
    assert {type(result) for result in sent(connections, 10).values()} == {Accepted}


def test_a_body_leaves_only_once_it_is_permitted(server: SmtpServer, connections: Connections) -> None:
    """One body a connection is under way at most, and what may not leave never does.

    While a window is permitted, which takes a moment, other servers come to wait: they are asked about at once.
    """
    asked: list[Sequence[int]] = []
    out: set[int] = set()

    def permit(keys: Sequence[int]) -> set[int]:
        asked.append(keys)
        time.sleep(0.02)
        assert out.isdisjoint(keys)
        out.update(key for key in keys if key % 10)
        assert len(out) <= 8
        return out.intersection(keys)

    results = {}
    for result in connections.send(window(200), permit):
        out.remove(result.key)
        results[result.key] = result
    assert {type(result) for result in results.values()} == {Accepted}
    assert sorted(key for keys in asked for key in keys) == list(range(1, 201))
    assert sorted(results) == [key for key in range(1, 201) if key % 10]
    assert len(server.messages) == 180
    assert len(asked) <= 100


def test_a_body_whose_connection_broke_is_asked_for_again(server: SmtpServer, connections: Connections) -> None:
    """Before its final dot nothing of it counts: it goes over another connection, by a permission of its own."""
    server.will("BODY", *["ok"] * 5, DROP)
    asked: Counter[int] = Counter()

    def permit(keys: Sequence[int]) -> Sequence[int]:
        asked.update(keys)
        return keys

    large = b"Subject: large\r\n\r\n" + b"Words beyond what a connection's buffers hold.\r\n" * 150_000
    messages = [Outgoing(key, "b@example.org", f"r{key}@example.org", large) for key in range(12)]
    assert {type(result) for result in connections.send(messages, permit)} == {Accepted}
    assert sorted(asked.values()) == [1] * 11 + [2]


def test_who_waits_alone_is_permitted_soon(server: SmtpServer) -> None:
    """Some servers fall silent over a mail: before that is noticed, every other server that asks was answered."""
    connections = to(server, wait=8)
    sent(connections, 30)
    server.will("DOT", *[SILENCE] * 5)
    permitted, before_the_first_loss = 0, None

    def permit(keys: Sequence[int]) -> Sequence[int]:
        nonlocal permitted
        permitted += len(keys)
        return keys

    results = []
    for result in connections.send(window(60), permit):
        results.append(result)
        if isinstance(result, Lost) and before_the_first_loss is None:
            before_the_first_loss = permitted
    assert sum(isinstance(result, Accepted) for result in results) == 55
    assert before_the_first_loss is not None
    assert before_the_first_loss >= 55
    connections.close()


def test_a_server_that_takes_no_more_connections_is_not_pressed(server: SmtpServer, connections: Connections) -> None:
    """Three are let in, the fourth is turned away: the three go on, and nobody knocks again with every mail."""
    server.will("GREETING", *["ok"] * 3, *["421 4.7.0 too many connections"] * 500)
    results = sent(connections, 300)
    assert {type(result) for result in results.values()} == {Accepted}
    assert server.connections <= 3 + 8


def test_one_mail_opens_one_connection(server: SmtpServer) -> None:
    """However many there once were: after a rest a single mail needs no more."""
    connections = to(server, idle_seconds=0)
    sent(connections, 200)
    before = server.connections
    sent(connections, 1)
    assert server.connections - before == 1
    connections.close()


def test_the_hold_ends_with_few_tries(server: SmtpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server lets three in. What it accepts meanwhile does not add up to sixty more that knock all at once."""
    monkeypatch.setattr("mobilize.delivery.smtp.connections._GROW_AGAIN_AFTER", 5.0)
    connections = to(server, limit=64)
    server.will("GREETING", *["ok"] * 3, *["421 4.7.0 too many connections"] * 500)
    sent(connections, 100)
    before = server.connections
    time.sleep(5.0)
    sent(connections, 100)
    assert server.connections - before <= 30
    connections.close()
