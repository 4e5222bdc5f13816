"""Bounces and complaints by SMTP and LMTP, on real sockets: what is let in, and that nothing is lost."""

from __future__ import annotations

import asyncio
import smtplib
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from queue import Queue

import pytest

from mobilize.core import db
from mobilize.core.settings import Settings
from mobilize.delivery.bounces import mailboxes, receiver, service
from mobilize.delivery.bounces.mailboxes import Mailbox
from mobilize.delivery.bounces.receiver import MAX_MAIL, MAX_RECIPIENTS, serve
from mobilize.delivery.bounces.report import Report
from tests.delivery.engine_world import World, make_world
from tests.delivery.returned_mail import (
    AWAY,
    COMPLAINT,
    HARD,
    SOFT,
    counted,
    mail,
    returned,
    rows_of,
    sent_mailing,
    suppressions,
)

FEEDBACK = "fbl@example.org"


@contextmanager
def listening(*, is_lmtp: bool = False, others: Sequence[Mailbox] = ()) -> Iterator[int]:
    """The receiver in a thread of its own; its port."""
    listener = socket.create_server(("127.0.0.1", 0))
    ends: Queue[Callable[[], object]] = Queue()
    serving = serve(listener, is_lmtp=is_lmtp, feedback=[FEEDBACK], others=others, ready=ends.put)
    thread = threading.Thread(target=asyncio.run, args=(serving,), daemon=True)
    thread.start()
    end = ends.get(timeout=10)
    try:
        yield listener.getsockname()[1]
    finally:
        end()
        thread.join(10)
    assert not thread.is_alive()


@pytest.fixture
def world(installation: Settings) -> World:
    return make_world(people=3)


@pytest.fixture
def smtp(world: World) -> Iterator[smtplib.SMTP]:
    with listening() as port, smtplib.SMTP("127.0.0.1", port, timeout=30) as client:
        yield client


@pytest.fixture
def lmtp(world: World) -> Iterator[smtplib.LMTP]:
    with listening(is_lmtp=True) as port, smtplib.LMTP("127.0.0.1", port, timeout=30) as client:
        client.ehlo()
        yield client


def hand_over(client: smtplib.SMTP, addresses: list[str], raw: bytes) -> list[int]:
    """Deliver one mail with an empty sender, as bounces come (RFC 5321, 4.5.5); the codes of its answers."""
    client.ehlo_or_helo_if_needed()
    assert client.mail("", ["SIZE=1000"])[0] == 250
    for address in addresses:
        assert client.rcpt(address)[0] == 250
    assert client.docmd("DATA")[0] == 354
    client.send(smtplib._quote_periods(raw) + b".\r\n")
    answers = len(addresses) if isinstance(client, smtplib.LMTP) else 1
    return [client.getreply()[0] for _answer in range(answers)]


def test_a_bounce_by_smtp_is_recorded_before_the_answer(smtp: smtplib.SMTP, world: World) -> None:
    """250 means that its effect is in the database."""
    message_id, paths = sent_mailing(world)
    assert hand_over(smtp, [paths[0]], mail(HARD)) == [250]
    assert suppressions() == ["hard-bounce"]
    assert rows_of(message_id)[0] == ("accepted", "returned", "5.1.1")


def test_a_conversation_carries_several_mails(smtp: smtplib.SMTP, world: World) -> None:
    """A relay keeps its connection."""
    message_id, paths = sent_mailing(world)
    for name, path in zip((HARD, SOFT, COMPLAINT), paths, strict=True):
        assert hand_over(smtp, [path], mail(name)) == [250]
    found = returned(message_id)
    assert (found.hard, found.soft, found.complaints) == (1, 1, 1)


def test_lmtp_answers_for_each_recipient(lmtp: smtplib.LMTP, world: World) -> None:
    """RFC 2033: as many answers as recipients, in their order."""
    _message_id, paths = sent_mailing(world)
    assert hand_over(lmtp, paths, mail(AWAY)) == [250, 250, 250]
    assert counted() == {"automatic": 3}


def test_lmtp_answers_for_each_recipient_what_became_of_it(
    lmtp: smtplib.LMTP, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that came too early is answered with 451, the others are taken."""
    _message_id, paths = sent_mailing(world)
    known = mailboxes.RETURNS

    def hesitant(address: str, report: Report, now: datetime) -> object:
        if address == paths[1]:
            raise service.TooEarly("too early")
        return known.take(address, report, now)

    monkeypatch.setattr(mailboxes, "RETURNS", replace(known, take=hesitant))
    assert hand_over(lmtp, paths, mail(HARD)) == [250, 451, 250]
    assert suppressions() == ["hard-bounce", "hard-bounce"]


@pytest.mark.parametrize(
    "address",
    ["news@example.org", "bounces@example.org", "bounces+aeaq2mzd@example.org", "postmaster", "bounces+@example.org"],
)
def test_others_are_refused_at_the_door(world: World, address: str) -> None:
    """550 at RCPT for all but our return paths; DATA is not even asked for. They are counted."""
    with listening() as port, smtplib.SMTP("127.0.0.1", port, timeout=30) as client:
        client.ehlo()
        client.mail("")
        assert client.rcpt(address)[0] == 550
        assert client.docmd("DATA")[0] == 503
    assert counted() == {"forged": 1}


def test_a_forged_one_beside_a_good_one_is_refused_alone(smtp: smtplib.SMTP, world: World) -> None:
    """The good one is delivered."""
    _message_id, paths = sent_mailing(world)
    smtp.ehlo()
    smtp.mail("")
    assert smtp.rcpt(paths[0].replace("+a", "+b", 1).replace("+", "+aa", 1))[0] == 550
    assert hand_over_rest(smtp, paths[0]) == 250
    assert suppressions() == ["hard-bounce"]


def hand_over_rest(client: smtplib.SMTP, address: str) -> int:
    assert client.rcpt(address)[0] == 250
    return client.data(mail(HARD))[0]


def test_the_feedback_address_takes_complaints(smtp: smtplib.SMTP, world: World) -> None:
    """A complaint is matched by what it encloses; a bounce there is not."""
    _message_id, paths = sent_mailing(world)
    ours = mail(COMPLAINT).replace(b"bounces+aeaq2mzd@example.org", paths[0].encode())
    assert hand_over(smtp, [FEEDBACK.upper()], ours) == [250]
    assert hand_over(smtp, [FEEDBACK], mail(HARD)) == [250]
    assert suppressions() == ["complaint"]


@pytest.mark.parametrize("is_lmtp", [False, True], ids=["smtp", "lmtp"])
def test_a_database_that_is_away_loses_nothing(world: World, installation: Settings, is_lmtp: bool) -> None:
    """451: the other server keeps the mail and comes again; then it has its effect, once."""
    _message_id, paths = sent_mailing(world)
    client_of = smtplib.LMTP if is_lmtp else smtplib.SMTP
    with listening(is_lmtp=is_lmtp) as port, client_of("127.0.0.1", port, timeout=30) as client:
        db.connect("postgresql+psycopg://nobody@127.0.0.1:1/nowhere")
        assert set(hand_over(client, paths[:2], mail(HARD))) == {451}
        db.connect(installation.database_url)
        assert suppressions() == []
        assert set(hand_over(client, paths[:2], mail(HARD))) == {250}
        assert set(hand_over(client, paths[:2], mail(HARD))) == {250}
    assert suppressions() == ["hard-bounce", "hard-bounce"]
    assert counted() == {"hard": 2, "repeated": 2}


def test_a_fault_of_ours_loses_nothing(lmtp: smtplib.LMTP, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is answered as a passing trouble, once a recipient, and the conversation goes on."""
    _message_id, paths = sent_mailing(world)
    with monkeypatch.context() as broken:
        broken.setattr(mailboxes, "read_report", lambda _raw: 1 / 0)
        assert hand_over(lmtp, paths, mail(HARD)) == [451, 451, 451]
    assert hand_over(lmtp, paths[:1], mail(HARD)) == [250]


@pytest.mark.parametrize("is_lmtp", [False, True], ids=["smtp", "lmtp"])
def test_what_is_too_large_is_refused(world: World, is_lmtp: bool) -> None:
    """At MAIL where its size is named, after it otherwise, once a recipient; the conversation goes on."""
    _message_id, paths = sent_mailing(world)
    client_of = smtplib.LMTP if is_lmtp else smtplib.SMTP
    with listening(is_lmtp=is_lmtp) as port, client_of("127.0.0.1", port, timeout=60) as client:
        client.ehlo_or_helo_if_needed()
        assert client.mail("", [f"SIZE={MAX_MAIL + 1}"])[0] == 552
        assert set(hand_over(client, paths, mail(HARD) + (b"x" * 998 + b"\r\n") * (MAX_MAIL // 1000 + 1))) == {552}
        assert set(hand_over(client, paths[:1], mail(HARD))) == {250}
    assert suppressions() == ["hard-bounce"]


def test_long_lines_and_eight_bits_are_taken(smtp: smtplib.SMTP, world: World) -> None:
    """Mail of others has lines that RFC 5322 does not allow."""
    _message_id, paths = sent_mailing(world)
    raw = mail("rfc6533-utf8-unknown") + b"x" * 20_000 + b"\r\n"
    assert hand_over(smtp, [paths[0]], raw) == [250]
    assert suppressions() == ["hard-bounce"]


def test_a_mail_has_a_bounded_number_of_recipients(smtp: smtplib.SMTP, world: World) -> None:
    """452 beyond it (RFC 5321, 4.5.3.1.10): the other server sends the rest separately."""
    _message_id, paths = sent_mailing(world)
    smtp.ehlo()
    smtp.mail("")
    answers = [smtp.rcpt(paths[0])[0] for _again in range(MAX_RECIPIENTS + 1)]
    assert answers == [250] * MAX_RECIPIENTS + [452]


def test_no_log_names_anyone(smtp: smtplib.SMTP, world: World, capfd: pytest.CaptureFixture[str]) -> None:
    """Neither the return path nor the address that bounced, whatever goes wrong."""
    receiver.quieten_libraries()
    _message_id, paths = sent_mailing(world)
    hand_over(smtp, [paths[0]], mail(HARD))
    hand_over(smtp, [paths[1]], b"\xff" * 2_000 + b"\r\n")
    smtp.docmd("RCPT", "TO:<who@@example.org>")
    out = "".join(capfd.readouterr())
    assert "@example" not in out
    assert "bounces+" not in out
