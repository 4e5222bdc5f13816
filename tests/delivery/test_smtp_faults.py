"""What can go wrong between us and a mail server, and what is said about each message then."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mobilize.delivery.smtp.connections import Connections
from mobilize.delivery.smtp.opening import Timeouts
from mobilize.delivery.smtp.settings import SmtpSettings
from mobilize.delivery.smtp.transport import Accepted, Deferred, Lost, Outgoing, Phase, Rejected, Result
from tests.smtp_server import DROP, SILENCE, SmtpServer, running

BODY = b"Subject: hello\r\n\r\nWords.\r\n"
PATIENT = Timeouts(connect=20, reply=20, write=20, dot=20)
QUICK = Timeouts(connect=20, reply=1, write=20, dot=1)


@pytest.fixture(params=["pipelined", "forced into lock-step", "not offered"])
def server(request: pytest.FixtureRequest) -> Iterator[SmtpServer]:
    """A server, spoken to in every way there is."""
    extensions = ("8BITMIME", "SIZE 10000000")
    server = SmtpServer(extensions if request.param == "not offered" else ("PIPELINING", *extensions))
    with running(server):
        server.query = "?pipelining=off" if request.param == "forced into lock-step" else ""  # type: ignore[attr-defined]
        yield server


def transport(server: SmtpServer, timeouts: Timeouts = PATIENT) -> Connections:
    url = server.url + getattr(server, "query", "")
    return Connections(SmtpSettings.from_url(url), helo="client.example.org", limit=1, timeouts=timeouts)


def window(count: int, body: bytes = BODY) -> list[Outgoing]:
    return [Outgoing(key, "b@example.org", f"r{key}@example.org", body) for key in range(1, count + 1)]


def sent(server: SmtpServer, messages: list[Outgoing], timeouts: Timeouts = PATIENT) -> dict[int, Result]:
    sender = transport(server, timeouts)
    results = list(sender.send(messages))
    sender.close()
    assert sorted(result.key for result in results) == [message.key for message in messages]
    return {result.key: result for result in results}


def test_every_message_of_a_window_is_accepted(server: SmtpServer) -> None:
    """Nothing is lost or doubled when nothing goes wrong, over one connection."""
    results = sent(server, window(20))
    assert all(isinstance(result, Accepted) for result in results.values())
    assert (len(server.messages), server.connections) == (20, 1)
    assert server.heard("QUIT")


def test_refused_recipient_between_good_ones(server: SmtpServer) -> None:
    """A 5xx at RCPT costs its own message only, and its body is never sent."""
    server.will("RCPT", "ok", "550 5.1.1 <r2@example.org> unknown", "ok")
    results = sent(server, window(4))
    assert results[2] == Rejected(2, Phase.RCPT, 550, "5.1.1", "(address) unknown")
    assert [type(results[key]) for key in (1, 3, 4)] == [Accepted] * 3
    assert len(server.messages) == 3


def test_server_that_takes_data_without_a_recipient(server: SmtpServer) -> None:
    """354 after a refused RCPT is answered with a single dot (RFC 2920, section 3.1)."""
    server.lenient = True
    server.will("RCPT", "550 5.1.1 unknown")
    results = sent(server, window(3))
    assert isinstance(results[1], Rejected)
    assert len(server.messages) == 2


def test_refused_sender_and_refused_data(server: SmtpServer) -> None:
    """MAIL and DATA refusals name their phase; the next message starts clean."""
    server.will("MAIL", "451 4.3.0 busy")
    server.will("DATA", "ok", "554 5.7.1 not today")
    results = sent(server, window(4))
    assert results[1] == Deferred(1, Phase.MAIL, 451, "4.3.0", "busy")
    assert results[3] == Rejected(3, Phase.DATA, 554, "5.7.1", "not today")
    assert isinstance(results[4], Accepted)


def test_storm_of_temporary_refusals(server: SmtpServer) -> None:
    """Every 4xx is a deferral with its code, none a rejection."""
    server.will("RCPT", *["450 4.2.1 greylisted"] * 10)
    results = sent(server, window(10))
    assert {type(result) for result in results.values()} == {Deferred}
    assert server.messages == []


def test_421_after_the_dot(server: SmtpServer) -> None:
    """The server closes: that message is deferred, the others go over a new connection."""
    server.will("DOT", "ok", "421 4.7.0 too many messages")
    results = sent(server, window(4))
    assert results[2] == Deferred(2, Phase.DOT, 421, "4.7.0", "too many messages")
    assert [type(results[key]) for key in (1, 3, 4)] == [Accepted] * 3
    assert server.connections == 2


def test_drop_in_the_middle_of_the_body(server: SmtpServer) -> None:
    """A connection lost before the final dot could leave is no doubt: the message is sent again at once."""
    server.will("BODY", DROP)
    body = (b"y" * 70 + b"\r\n") * 130_000
    results = sent(server, window(1, body))
    assert results[1] == Lost(1, Phase.BODY, results[1].reason)  # type: ignore[union-attr]
    server.will("BODY", "", DROP)
    results = sent(server, [*window(1), Outgoing(2, "b@example.org", "r2@example.org", body)])
    assert {type(result) for result in results.values()} == {Accepted}
    assert server.messages == [BODY, body]


def test_drop_after_the_dot_is_unknown(server: SmtpServer) -> None:
    """Once the final dot left, nobody can say: the message is listed, and never sent again by us."""
    server.will("DOT", "ok", DROP)
    results = sent(server, window(4))
    lost = results[2]
    assert isinstance(lost, Lost)
    assert lost.unknown
    assert [type(results[key]) for key in (1, 3, 4)] == [Accepted] * 3
    assert len(server.messages) == 4


def test_silence_after_the_dot_is_unknown(server: SmtpServer) -> None:
    """A server that accepts and goes silent leaves one message unknown, not the window."""
    server.will("DOT", SILENCE)
    results = sent(server, window(1), QUICK)
    assert isinstance(results[1], Lost)
    assert results[1].unknown


def test_silence_before_the_dot_is_safe(server: SmtpServer) -> None:
    """A server silent at RCPT leaves nothing unknown."""
    server.will("RCPT", SILENCE)
    results = sent(server, window(2), QUICK)
    assert all(isinstance(result, Lost) and not result.unknown for result in results.values())
    assert server.messages == []


def test_connection_that_went_stale_between_windows(server: SmtpServer) -> None:
    """A server that hangs up while idle costs nobody anything."""
    sender = transport(server)
    server.will("RSET", DROP)
    assert [type(result) for result in sender.send(window(1))] == [Accepted]
    server.will("MAIL", DROP)
    assert [type(result) for result in sender.send(window(2))] == [Accepted, Accepted]
    sender.close()
    assert server.connections == 2


def test_nonsense_is_a_lost_connection(server: SmtpServer) -> None:
    """A line without a code is no answer; before the dot it is safe, after it unknown."""
    server.will("MAIL", "what")
    server.will("DOT", "354 pardon")
    first, second = sent(server, window(1)), sent(server, window(1))
    assert isinstance(first[1], Lost)
    assert not first[1].unknown
    assert isinstance(second[1], Lost)
    assert second[1].unknown


@pytest.mark.parametrize(
    "body",
    [
        b".\r\n..\r\n.starts\r\nends\r\n.\r\n",
        b"Subject: x\r\n\r\n" + b"a" * 998 + b"\r\n",
        "Subject: é\r\n\r\n8-bit\r\n".encode("latin-1"),
        b"no line end",
    ],
)
def test_bodies_arrive_as_they_are(server: SmtpServer, body: bytes) -> None:
    """Dots at line starts, lines of 998 characters and 8-bit octets survive."""
    sent(server, window(2, body))
    assert server.messages == [body if body.endswith(b"\r\n") else body + b"\r\n"] * 2


def test_addresses_that_need_smtputf8(server: SmtpServer) -> None:
    """Without SMTPUTF8 a letter beyond ASCII before the @ is a clear refusal of that row; a domain is converted."""
    messages = [
        Outgoing(1, "b@example.org", "josé@example.org", BODY),
        Outgoing(2, "b@example.org", "jose@münchen.example", BODY),
    ]
    results = sent(server, messages)
    assert isinstance(results[1], Rejected)
    assert (results[1].enhanced, results[1].local) == ("5.6.7", True)
    assert isinstance(results[2], Accepted)
    assert "RCPT TO:<jose@xn--mnchen-3ya.example>" in server.commands


def test_smtputf8_is_asked_for_where_offered() -> None:
    """The parameter goes with such an address and with no other."""
    with running(SmtpServer()) as server:
        sent(server, [Outgoing(1, "b@example.org", "josé@example.org", BODY), *window(3)[1:]])
    mails = [command for command in server.commands if command.startswith("MAIL")]
    assert [" SMTPUTF8" in mail for mail in mails] == [True, False, False]


def test_size_and_envelope_are_checked_before_anything_is_sent(server: SmtpServer) -> None:
    """A message over SIZE and an address that would end the command are refused by ourselves."""
    messages = [
        Outgoing(1, "b@example.org", "a@example.org", b"x" * 10_000_001),
        Outgoing(2, "b@example.org", "a@example.org>\r\nRCPT TO:<b@example.org", BODY),
        Outgoing(3, "b@example.org", "c@example.org", BODY),
    ]
    results = sent(server, messages)
    assert [getattr(results[key], "enhanced", "") for key in (1, 2)] == ["5.3.4", "5.1.3"]
    assert isinstance(results[3], Accepted)
    assert sum(command.startswith("RCPT") for command in server.commands) == 1


def test_end_of_one_message_and_next_envelope_share_a_write() -> None:
    """Pipelining saves round trips: MAIL, RCPT and DATA come together, and with the final dot before them."""
    with running(SmtpServer()) as server:
        sent(server, window(3))
    assert any(b".\r\nMAIL" in batch and batch.endswith(b"DATA\r\n") for batch in server.batches)


def test_lock_step_waits_for_every_answer(server: SmtpServer) -> None:
    """Where pipelining is off, no two commands come in one read."""
    sent(server, window(3))
    together = any(batch.count(b"\r\n") > 1 and b"MAIL FROM" in batch for batch in server.batches)
    assert together == ("PIPELINING" in server.extensions and not server.query)  # type: ignore[attr-defined]


def test_unreachable_server() -> None:
    """Nobody listens: every message of the window is lost before it began."""
    with running(SmtpServer()) as server:
        pass
    results = sent(server, window(3))
    assert {(type(result), getattr(result, "phase", None)) for result in results.values()} == {(Lost, Phase.CONNECT)}


def test_refused_greeting_keeps_its_code(server: SmtpServer) -> None:
    """A 421 greeting tells the engine to slow down."""
    server.will("GREETING", "421 4.3.2 come back later")
    results = sent(server, window(2))
    assert {getattr(result, "code", 0) for result in results.values()} == {421}
