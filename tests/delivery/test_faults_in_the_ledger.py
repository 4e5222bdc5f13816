"""A worker, a real mail server that misbehaves, and what the ledger says of each row afterwards."""

from __future__ import annotations

import email
import email.policy
import ssl
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.core.settings import Settings
from mobilize.delivery.composing.sources import Source
from mobilize.delivery.messages import cancel_message, pause_message, resume_message
from mobilize.delivery.models import Delivery, DeliveryState, Recipient, Stream
from mobilize.delivery.recipients import change_contact
from mobilize.delivery.retries import retry_failed, retry_unknown
from mobilize.delivery.sending.windows import Run
from mobilize.delivery.sending.worker import Worker
from mobilize.delivery.smtp.connections import LIMIT, Connections
from mobilize.delivery.smtp.opening import Timeouts
from mobilize.delivery.smtp.settings import SmtpSettings
from mobilize.delivery.smtp.transport import Meanwhile, Outgoing, Permit, Result, everything, nothing
from tests.delivery.engine_world import World, make_world, reasons, states
from tests.delivery.returned_mail import suppressions
from tests.delivery.test_smtp_tls import server as tls_server
from tests.smtp_server import DROP, SILENCE, SmtpServer, running

PATIENT = Timeouts(connect=20, reply=20, write=20, dot=20)
QUICK = Timeouts(connect=20, reply=1, write=20, dot=1)
STORM, EVERY = timedelta(minutes=30), timedelta(minutes=2)
LOAD = (b"y" * 70 + b"\r\n") * 130_000


@pytest.fixture(autouse=True)
def _installed(installation: Settings) -> None:
    """Every test here has a database and keys."""


@pytest.fixture(params=["pipelined", "forced into lock-step", "not offered"])
def server(request: pytest.FixtureRequest) -> Iterator[SmtpServer]:
    """A server, spoken to in every way there is."""
    extensions = ("8BITMIME", "SIZE 10000000")
    server = SmtpServer(extensions if request.param == "not offered" else ("PIPELINING", *extensions))
    server.options = "?pipelining=off" if request.param == "forced into lock-step" else ""
    with running(server):
        yield server


class Heavy(Connections):
    """Makes the mail for one reader so large that a connection's buffers cannot hold it."""

    reader = ""

    def send(
        self, messages: Iterable[Outgoing], permit: Permit = everything, meanwhile: Meanwhile = nothing
    ) -> Generator[Result, None, None]:
        return super().send(map(self._laden, messages), permit, meanwhile)

    def _laden(self, outgoing: Outgoing) -> Outgoing:
        return replace(outgoing, message=outgoing.message + LOAD) if outgoing.recipient == self.reader else outgoing


@contextmanager
def worker(server: SmtpServer, timeouts: Timeouts = PATIENT, heavy: str = "") -> Iterator[Worker]:
    """A worker with one connection to the server, so that rows leave one after the other."""
    settings = SmtpSettings.from_url(server.url + server.options)
    transport = Heavy(settings, helo="client.example.org", limit=1, timeouts=timeouts)
    transport.reader = heavy
    made = Worker(transport)
    yield made
    made.close()


def drain(server: SmtpServer, timeouts: Timeouts = PATIENT, heavy: str = "") -> None:
    with worker(server, timeouts, heavy) as one:
        turn(one)


def turn(one: Worker) -> None:
    one.drain(Stream.BULK, deadline=time.monotonic() + 60, stop=lambda: False)


def waiting(message_id: int) -> list[datetime]:
    """When the deferred rows of a message are due."""
    with db.reading():
        deferred = Delivery.state == DeliveryState.DEFERRED
        return list(session.scalars(select(Delivery.next_at).where(Delivery.message_id == message_id, deferred)))


def attempts(message_id: int) -> set[int]:
    with db.reading():
        return set(session.scalars(select(Delivery.attempts).where(Delivery.message_id == message_id)))


@pytest.mark.parametrize(
    ("verb", "answer"),
    [("RCPT", "450 4.2.1 greylisted"), ("MAIL", "451 4.3.0 busy"), ("DOT", "452 4.3.1 no room")],
)
def test_a_storm_of_half_an_hour(verb: str, answer: str) -> None:
    """Each row is tried three or four times, at moments of its own; afterwards all arrive and nobody is suppressed."""
    message_id = make_world(people=12).launch()
    begun = clock.now()
    with running(SmtpServer()) as server, worker(server) as one:
        server.will(verb, *[answer] * 1000)
        pass_time(one, begun, STORM)
        assert states(message_id) == {"deferred": 12}
        assert server.messages == []
        assert {4} <= attempts(message_id) <= {3, 4}
        assert len(set(waiting(message_id))) == 12
        server.answers.clear()
        pass_time(one, begun + STORM, STORM * 2)
    assert states(message_id) == {"accepted": 12}
    assert server.copies() == {f"reader-{number}@example.net": 1 for number in range(12)}
    assert suppressions() == []


def pass_time(one: Worker, begun: datetime, span: timedelta) -> None:
    """Let a worker drain every other minute of a span of time."""
    for turns in range(span // EVERY):
        with clock.frozen(begun + turns * EVERY):
            turn(one)


def test_421_after_the_dot(server: SmtpServer) -> None:
    """The row is deferred with the answer; the others leave over a new connection, and it leaves later."""
    message_id = make_world(people=4).launch()
    server.will("DOT", "ok", "421 4.7.0 too many messages")
    drain(server)
    assert states(message_id) == {"accepted": 3, "deferred": 1}
    assert answers(message_id, DeliveryState.DEFERRED) == [(421, "4.7.0", "later")]
    assert server.connections == 2
    drain_later(server)
    assert states(message_id) == {"accepted": 4}
    assert set(server.copies().values()) == {1}


def test_a_drop_in_the_middle_of_the_body_is_sent_again(server: SmtpServer) -> None:
    """At once, over a new connection: nobody gets it twice, nothing is unknown."""
    message_id = make_world(people=3).launch()
    server.will("BODY", "", DROP)
    drain(server, heavy="reader-1@example.net")
    assert states(message_id) == {"accepted": 3}
    assert set(server.copies().values()) == {1}
    assert server.connections == 2


def test_a_server_that_drops_every_body(server: SmtpServer) -> None:
    """After some tries the row waits for half a minute; it is not unknown, and leaves when the server is well."""
    message_id = make_world(people=2).launch()
    server.will("BODY", "", *[DROP] * 20)
    drain(server, heavy="reader-1@example.net")
    assert states(message_id) == {"accepted": 1, "deferred": 1}
    assert answers(message_id, DeliveryState.DEFERRED) == [(None, "", "connection")]
    server.answers.clear()
    drain_later(server)
    assert states(message_id) == {"accepted": 2}
    assert set(server.copies().values()) == {1}


@pytest.mark.parametrize("fault", [DROP, SILENCE])
def test_no_answer_after_the_dot_is_unknown(server: SmtpServer, fault: str) -> None:
    """A drop or a silence leaves one row unknown; it goes again on purpose only."""
    message_id = make_world(people=4).launch()
    server.will("DOT", "ok", fault)
    drain(server, QUICK)
    assert states(message_id) == {"accepted": 3, "unknown": 1}
    assert answers(message_id, DeliveryState.UNKNOWN) == [(None, "", "no-answer")]
    drain_later(server)
    assert len(server.messages) == 4
    with db.writing():
        assert retry_unknown(message_id) == 1
    drain(server)
    assert states(message_id) == {"accepted": 4}
    assert sorted(server.copies().values()) == [1, 1, 1, 2]


def test_a_silence_before_the_dot_is_no_doubt(server: SmtpServer) -> None:
    """A server that goes silent at RCPT has nothing: the row is not unknown, and leaves later."""
    message_id = make_world(people=2).launch()
    server.will("RCPT", "ok", *[SILENCE] * 10)
    drain(server, QUICK)
    assert states(message_id) == {"accepted": 1, "deferred": 1}
    server.answers.clear()
    drain_later(server)
    assert states(message_id) == {"accepted": 2}
    assert set(server.copies().values()) == {1}


def test_refused_recipients_between_good_ones(server: SmtpServer) -> None:
    """A 5xx at RCPT ends its own row only; the one without a mailbox is suppressed."""
    world = make_world(people=6)
    message_id = world.launch()
    server.will("RCPT", "ok", "550 5.1.1 no such user", "ok", "552 5.2.2 full", "ok")
    drain(server)
    assert reasons(message_id) == [
        ("accepted", ""),
        ("failed", "no-such-address"),
        ("accepted", ""),
        ("failed", "mailbox"),
        ("accepted", ""),
        ("accepted", ""),
    ]
    assert sorted(server.copies()) == [f"reader-{number}@example.net" for number in (0, 2, 4, 5)]
    assert suppressions() == ["hard-bounce"]


def test_a_server_that_takes_data_after_a_refused_recipient(server: SmtpServer) -> None:
    """354 without a recipient is ended with a dot: nobody gets the mail of another."""
    message_id = make_world(people=3).launch()
    server.lenient = True
    server.will("RCPT", "ok", "550 5.1.1 no such user")
    drain(server)
    assert states(message_id) == {"accepted": 2, "failed": 1}
    assert server.copies() == {"reader-0@example.net": 1, "reader-2@example.net": 1}


@pytest.mark.parametrize(
    ("answer", "ended", "reason"),
    [("554 5.7.1 not from here", "failed", "policy"), ("451 4.3.0 busy", "deferred", "later")],
)
def test_refused_data(server: SmtpServer, answer: str, ended: str, reason: str) -> None:
    """Its row says so, the person is not charged, the next ones leave."""
    message_id = make_world(people=3).launch()
    server.will("DATA", "ok", answer)
    drain(server)
    assert reasons(message_id) == [("accepted", ""), (ended, reason), ("accepted", "")]
    assert len(server.messages) == 2
    assert suppressions() == []
    if ended == "failed":
        with db.writing():
            assert retry_failed(message_id) == 1
    drain_later(server)
    assert states(message_id) == {"accepted": 3}


@pytest.mark.parametrize("stop", [pause_message, cancel_message])
def test_stopped_while_servers_wait_for_bodies(stop: Callable[[int], object], monkeypatch: pytest.MonkeyPatch) -> None:
    """The message stops after the envelopes left: no body of it leaves, and the connections hang up and come again."""
    world = make_world(people=400)
    message_id, asked, permit = world.launch(), count(), Run.permit

    def stopped_at_the_fifth(run: Run, keys: Sequence[int]) -> set[int]:
        if next(asked) == 5:
            with db.writing():
                stop(message_id)
        return permit(run, keys)

    monkeypatch.setattr(Run, "permit", stopped_at_the_fifth)
    with running(SmtpServer()) as server:
        one = Worker(Connections(SmtpSettings.from_url(server.url), helo="client.example.org", timeouts=PATIENT))
        turn(one)
        left = "pending" if stop is pause_message else "revoked"
        sent = len(server.messages)
        assert 5 <= sent < 200
        assert states(message_id) == {"accepted": sent, left: 400 - sent}
        assert server.connections <= 2 * LIMIT
        if stop is pause_message:
            with db.writing():
                resume_message(message_id)
            turn(one)
            assert states(message_id) == {"accepted": 400}
            assert attempts(message_id) == {1}
        one.close()
    assert set(server.copies().values()) == {1}
    assert len(server.messages) == states(message_id)["accepted"]


@pytest.mark.parametrize(("address", "days"), [("127.0.0.1", -1), ("127.0.0.9", 30)], ids=["expired", "other name"])
def test_a_certificate_that_does_not_hold(tmp_path: Path, address: str, days: int) -> None:
    """Nothing is sent and no attempt is counted; the rows leave once the certificate holds."""
    message_id = make_world(people=2).launch()
    for where, valid in ((address, days), ("127.0.0.1", 30)):
        with tls_server(tmp_path, where, valid) as at:
            settings = SmtpSettings.from_url(f"{at.url}?starttls=required")
            trusted = ssl.create_default_context(cafile=str(tmp_path / "server.pem"))
            one = Worker(Connections(settings, helo="client.example.org", timeouts=PATIENT, tls=trusted))
            turn(one)
            one.close()
        if (where, valid) == (address, days):
            assert states(message_id) == {"pending": 2}
            assert attempts(message_id) == {0}
            assert not [command for command in at.commands if command.startswith(("MAIL", "AUTH"))]
    assert states(message_id) == {"accepted": 2}


def test_awkward_text_arrives_as_it_was_written(server: SmtpServer) -> None:
    """Lines of dots, letters of eight bits, a line of 998 characters: short lines on the wire, whole at the reader."""
    world = make_world(people=2)
    paragraphs = (".", "..", ".hidden", "From here", "é ø €", "x" * 998)
    blocks = tuple({"type": "text", "markdown": text} for text in paragraphs)
    message_id = Written(**vars(world), blocks=blocks).launch()
    drain(server)
    assert states(message_id) == {"accepted": 2}
    for raw in server.messages:
        assert raw.isascii()
        assert max(map(len, raw.split(b"\r\n"))) <= 76
        mail = email.message_from_bytes(raw, policy=email.policy.default)
        text = mail.get_body(("plain",))
        assert text is not None
        assert set(paragraphs) <= set(text.get_content().splitlines())


@dataclass
class Written(World):
    """A world whose mailings hold these blocks."""

    blocks: tuple[dict[str, Any], ...] = ()

    def source(self, language: str = "en", template: str = "mailings/newsletter") -> Source:
        return replace(super().source(language, template), blocks=self.blocks)


def test_an_address_beyond_ascii(server: SmtpServer) -> None:
    """Without SMTPUTF8 its row fails with the reason, is not suppressed, and leaves over a server that has it."""
    world = make_world(people=3)
    with db.writing():
        person = session.get_one(Recipient, world.people[1])
        change_contact(person, world.organisation.uid, address="josé@example.net")
    message_id = world.launch()
    drain(server)
    assert reasons(message_id) == [("accepted", ""), ("failed", "address"), ("accepted", "")]
    assert answers(message_id, DeliveryState.FAILED) == [(550, "5.6.7", "address")]
    assert suppressions() == []
    with running(SmtpServer()) as able:
        with db.writing():
            assert retry_failed(message_id) == 1
        drain(able)
    assert "RCPT TO:<josé@example.net>".encode().decode("latin-1") in able.commands
    assert states(message_id) == {"accepted": 3}


def drain_later(server: SmtpServer) -> None:
    """A drain when every deferred row is due."""
    with clock.frozen(clock.now() + timedelta(hours=1)):
        drain(server)


def answers(message_id: int, state: DeliveryState) -> list[tuple[int | None, str, str]]:
    """Reply code, enhanced code and reason of the rows in a state."""
    columns = (Delivery.reply_code, Delivery.reply_status, Delivery.reason)
    with db.reading():
        found = session.execute(select(*columns).where(Delivery.message_id == message_id, Delivery.state == state))
        return [(code, status, reason) for code, status, reason in found]
