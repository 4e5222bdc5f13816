"""What servers answer and what becomes of the row, the person and the mailing."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.core.settings import Settings
from mobilize.delivery import queries
from mobilize.delivery.messages import resume_message
from mobilize.delivery.models import Content, Delivery, MessageState, Recipient, Stream, SuppressionReason
from mobilize.delivery.retries import retry_failed, retry_unknown
from mobilize.delivery.rules import MOST_FAILED
from mobilize.delivery.sending import lanes
from mobilize.delivery.sending.classify import DELAYS, MAX_AGE, backoff
from mobilize.delivery.sending.flow import Unreachable
from mobilize.delivery.sending.storms import STORM
from mobilize.delivery.sending.worker import Worker
from mobilize.delivery.smtp.transport import Accepted, Deferred, Lost, Outgoing, Phase, Rejected, Result
from mobilize.delivery.suppression.service import suppression_of
from tests.delivery.engine_world import (
    FakeTransport,
    drain,
    groups,
    index_of,
    make_world,
    message_row,
    reasons,
    states,
)


@pytest.fixture(autouse=True)
def _installed(installation: Settings) -> None:
    """Every test here has a database, keys and Redis."""


def rejected(enhanced: str, phase: Phase = Phase.RCPT, code: int = 550) -> FakeTransport:
    return FakeTransport(answer=lambda one: Rejected(one.key, phase, code, enhanced, "no"))


def test_a_4xx_is_tried_again_after_a_while() -> None:
    """The row waits for its moment, is not due before it, and leaves after it."""
    world = make_world(people=1)
    message_id = world.launch()
    drain(FakeTransport(answer=lambda one: Deferred(one.key, Phase.RCPT, 451, "4.3.2", "busy")))
    assert states(message_id) == {"deferred": 1}
    early, late = FakeTransport(), FakeTransport()
    drain(early)
    assert early.sent == []
    with clock.frozen(clock.now() + DELAYS[0] * 1.3):
        drain(late)
    assert len(late.sent) == 1
    assert groups(message_id).accepted == 1


def test_what_is_sent_again_is_tried_anew() -> None:
    """A week after it failed, a server's "later" is no end: it has not been refusing it for a week."""
    world = make_world(people=1)
    message_id, now = world.launch(), clock.now()
    drain(FakeTransport(answer=lambda one: Rejected(one.key, Phase.DOT, 552, "5.2.2", "full")))
    assert states(message_id) == {"failed": 1}
    with clock.frozen(now + timedelta(days=7)):
        with db.writing():
            assert retry_failed(message_id) == 1
        drain(FakeTransport(answer=lambda one: Deferred(one.key, Phase.DOT, 451, "4.3.0", "later")))
    assert states(message_id) == {"deferred": 1}


def test_a_4xx_storm_suppresses_nobody_and_expires_late() -> None:
    """Hours of "later" end as failed with that reason; the address stays mailable."""
    world = make_world(people=1)
    message_id = world.launch()
    moment, attempts = clock.now(), 0
    end = moment + MAX_AGE[Stream.BULK] + timedelta(days=1)
    while states(message_id) != {"failed": 1}:
        with clock.frozen(moment):
            storm = FakeTransport(answer=lambda one: Deferred(one.key, Phase.MAIL, 421, "4.7.0", "slow down"))
            drain(storm)
        attempts += len(storm.sent)
        moment += timedelta(minutes=30)
        assert moment < end
    assert attempts >= len(DELAYS)
    assert reasons(message_id) == [("failed", "expired")]
    with db.reading():
        assert suppression_of(world.organisation.id, index_of(world, 0)) is None


@given(st.integers(1, 60), st.floats(0, 1))
def test_backoff_is_spread_and_bounded(attempts: int, chance: float) -> None:
    """Plus or minus a quarter of the schedule, never longer than its last step."""
    planned = DELAYS[min(attempts, len(DELAYS)) - 1]
    assert planned * 0.75 <= backoff(attempts, chance) <= planned * 1.25


def test_no_such_address_suppresses_at_once() -> None:
    """5.1.1 at RCPT: the row fails and the address is not mailed again by anyone in the organisation."""
    world = make_world(people=2)
    first = world.launch()
    drain(FakeTransport(answer=_bad_reader_0))
    second = world.launch()
    drain(FakeTransport())
    assert reasons(first) == [("failed", "no-such-address"), ("accepted", "")]
    assert reasons(second)[0] == ("suppressed", "hard-bounce")
    with db.reading():
        found = suppression_of(world.organisation.id, index_of(world, 0))
        assert found is not None
        assert found.reason is SuppressionReason.HARD_BOUNCE
        assert queries.failure_reasons(first) == [("no-such-address", "5.1.1", 1)]


def _bad_reader_0(outgoing: Outgoing) -> Result:
    if outgoing.recipient.startswith("reader-0@"):
        return Rejected(outgoing.key, Phase.RCPT, 550, "5.1.1", "unknown user")
    return Accepted(outgoing.key)


@pytest.mark.parametrize(
    ("enhanced", "phase", "reason"),
    [
        ("5.7.1", Phase.RCPT, "policy"),
        ("5.7.26", Phase.DOT, "policy"),
        ("", Phase.MAIL, "policy"),
        ("5.6.0", Phase.DOT, "policy"),
        ("5.2.2", Phase.RCPT, "mailbox"),
        ("", Phase.RCPT, "refused"),
        ("5.1.1", Phase.DOT, "policy"),
    ],
)
def test_other_refusals_charge_nobody(enhanced: str, phase: Phase, reason: str) -> None:
    """The row fails with its reason; the person stays on the list."""
    world = make_world(people=1)
    message_id = world.launch()
    drain(rejected(enhanced, phase))
    assert reasons(message_id) == [("failed", reason)]
    with db.reading():
        assert suppression_of(world.organisation.id, index_of(world, 0)) is None


def test_a_storm_of_policy_refusals_halts_the_mailing() -> None:
    """It stops with the server's words, the rest waits, and failed rows go again when it is mended."""
    people = STORM * 3
    world = make_world(people=people)
    message_id = world.launch()
    drain(rejected("5.7.1"), window=STORM)
    row = message_row(message_id)
    assert row.state is MessageState.HALTED
    assert row.state_reason == "550 5.7.1 no"
    assert groups(message_id).failed <= STORM * 2
    with db.writing():
        resume_message(message_id)
        failed = queries.groups(message_id).failed
        assert retry_failed(message_id) == failed
    transport = FakeTransport()
    drain(transport)
    assert states(message_id) == {"accepted": people}


def test_a_drop_before_the_dot_is_tried_again() -> None:
    """The server cannot hold it, so half a minute later it goes."""
    world = make_world(people=1)
    message_id = world.launch()
    drain(FakeTransport(answer=lambda one: Lost(one.key, Phase.BODY, "reset")))
    assert reasons(message_id) == [("deferred", "connection")]


def test_a_drop_after_the_dot_is_unknown_for_bulk() -> None:
    """Parked, listed, and sent again only on purpose, with the same Message-ID."""
    world = make_world(people=1)
    message_id = world.launch()
    first = FakeTransport(answer=lambda one: Lost(one.key, Phase.DOT, "reset"))
    drain(first)
    assert states(message_id) == {"unknown": 1}
    assert message_row(message_id).state is MessageState.FINISHED
    with db.reading():
        assert [row.recipient_id for row in queries.unknown_rows(message_id)] == world.people
    nothing = FakeTransport()
    with clock.frozen(clock.now() + timedelta(days=1)):
        drain(nothing)
    assert nothing.sent == []
    with db.writing():
        assert retry_unknown(message_id) == 1
    second = FakeTransport()
    drain(second)
    assert _message_id(first) == _message_id(second)
    assert states(message_id) == {"accepted": 1}


def _message_id(transport: FakeTransport) -> bytes:
    return next(line for line in transport.sent[0].message.split(b"\r\n") if line.startswith(b"Message-ID:"))


def test_an_absent_server_charges_no_attempt() -> None:
    """Every row waits as it was; the worker leaves the server alone for a moment and then sends all."""
    world = make_world(people=20)
    message_id = world.launch()
    transport = FakeTransport(answer=lambda one: Lost(one.key, Phase.CONNECT, "refused"))
    with pytest.raises(Unreachable):
        drain(transport, window=4)
    assert len(transport.sent) < 20
    assert states(message_id) == {"pending": 20}
    with db.reading():
        assert set(session.scalars(select(Delivery.attempts))) == {0}


def test_a_worker_holds_off_an_absent_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bell right after a refused connection is not answered; once the pause is over the mail goes."""
    world = make_world(people=2)
    message_id = world.launch()
    transport = FakeTransport(answer=lambda one: Lost(one.key, Phase.CONNECT, "refused"))
    worker = Worker(transport, "test")
    far, moment = 1e12, [100.0]
    monkeypatch.setattr(lanes, "time", SimpleNamespace(monotonic=lambda: moment[0]))
    assert worker.drain(Stream.BULK, deadline=far, stop=lambda: False) is False
    tried = len(transport.sent)
    transport.answer = lambda one: Accepted(one.key)
    worker.drain(Stream.BULK, deadline=far, stop=lambda: False)
    assert len(transport.sent) == tried
    moment[0] += 60
    worker.drain(Stream.BULK, deadline=far, stop=lambda: False)
    assert states(message_id) == {"accepted": 2}


def test_a_mail_that_cannot_be_made_fails_alone() -> None:
    """A row whose sealed name was moved from another row is refused; the others leave."""
    world = make_world(people=3)
    message_id = world.launch()
    with db.writing():
        one, other = (session.get_one(Recipient, number) for number in world.people[:2])
        one.contact_sealed = other.contact_sealed
    transport = FakeTransport()
    drain(transport)
    assert reasons(message_id) == [("failed", "unfit"), ("accepted", ""), ("accepted", "")]


def test_a_content_that_cannot_be_composed_fails_alone() -> None:
    """Rows of a content that an upgrade made unreadable fail; another mailing in the same claim leaves."""
    world = make_world(people=2)
    broken, whole = world.launch(), make_world(people=2).launch()
    with db.writing():
        first = session.scalars(select(Content).order_by(Content.id)).first()
        assert first is not None
        first.source = {**first.source, "template": "mailings/gone"}
    drain(FakeTransport())
    assert reasons(broken) == [("failed", "unfit")] * 2
    assert states(whole) == {"accepted": 2}


WHOLESALE = [
    (550, "", Phase.RCPT, "relay not permitted"),
    (553, "", Phase.RCPT, "sorry, that domain isn't in my list of allowed rcpthosts"),
    (530, "", Phase.RCPT, "Authentication required"),
    (554, "", Phase.RCPT, "Service unavailable; client [192.0.2.9] blocked using a list"),
    (550, "5.1.1", Phase.RCPT, "(address): your IP 192.0.2.9 is not welcome"),
    (550, "5.1.1", Phase.RCPT, "(address): User unknown"),
    (550, "5.2.2", Phase.RCPT, "mailbox full"),
    (550, "", Phase.RCPT, "no"),
    (454, "4.7.1", Phase.RCPT, "Relay access denied"),
]


@pytest.mark.parametrize(("code", "enhanced", "phase", "text"), WHOLESALE, ids=[one[3][:30] for one in WHOLESALE])
def test_the_same_refusal_for_everybody_halts_the_mailing(code: int, enhanced: str, phase: Phase, text: str) -> None:
    """Whatever its code: somebody has to look, nobody is charged, and most have not been tried."""
    world = make_world(people=120)
    message_id = world.launch()
    kind = Rejected if code >= 500 else Deferred
    drain(FakeTransport(answer=lambda one: kind(one.key, phase, code, enhanced, text)), window=STORM)
    row = message_row(message_id)
    assert row.state is MessageState.HALTED
    assert text in row.state_reason
    found = groups(message_id)
    assert found.failed + found.deferred <= STORM * 2
    assert found.pending >= 100
    with db.reading():
        assert [suppression_of(world.organisation.id, index_of(world, number)) for number in range(120)] == [None] * 120


def test_greylisting_of_everybody_halts_nothing() -> None:
    """A server that asks everybody to come later is obeyed."""
    world = make_world(people=30)
    message_id = world.launch()
    drain(FakeTransport(answer=lambda one: Deferred(one.key, Phase.RCPT, 451, "4.7.1", "client host greylisted")))
    assert message_row(message_id).state is MessageState.SENDING
    assert states(message_id) == {"deferred": 30}


def test_different_refusals_halt_nothing() -> None:
    """Old addresses at many servers are refused in many words, and are charged each."""
    world = make_world(people=20)
    message_id = world.launch()
    words = ("user unknown", "no such mailbox", "address does not exist", "no such user here")
    drain(FakeTransport(answer=lambda one: Rejected(one.key, Phase.RCPT, 550, "5.1.1", words[one.key % 4])))
    assert message_row(message_id).state is MessageState.FINISHED
    with db.reading():
        assert suppression_of(world.organisation.id, index_of(world, 0)) is not None


@pytest.mark.parametrize(("failed", "reason"), [(2, ""), (3, MOST_FAILED)])
def test_a_finished_message_says_that_most_failed(failed: int, reason: str) -> None:
    """More than half of those that were tried; sending them again takes the mark away."""
    world = make_world(people=4)
    message_id = world.launch()
    refused = {f"reader-{number}@example.net" for number in range(failed)}
    drain(
        FakeTransport(
            answer=lambda one: (
                Rejected(one.key, Phase.RCPT, 550, "5.7.1", "no") if one.recipient in refused else Accepted(one.key)
            )
        )
    )
    row = message_row(message_id)
    assert (row.state, row.state_reason) == (MessageState.FINISHED, reason)
    with db.writing():
        retry_failed(message_id)
    drain(FakeTransport())
    assert message_row(message_id).state_reason == ""
    assert states(message_id) == {"accepted": 4}
