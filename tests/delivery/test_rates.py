"""Who waits for whom when mail is held to a pace: order and state, never time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as RedisAway
from sqlalchemy import select, update

from mobilize.core import clock, crypto, db
from mobilize.core.db import session
from mobilize.core.settings import Settings
from mobilize.delivery.models import Delivery, DeliveryState, Recipient, Stream
from mobilize.delivery.rates.pacing import PACED, Pacer
from mobilize.delivery.rates.service import change_rates
from mobilize.delivery.smtp.transport import Accepted, Deferred, Outgoing, Phase, Result
from tests.delivery.engine_world import FakeTransport, World, drain, make_world, reasons, states

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def world(installation: Settings) -> World:
    """Thirty people, and the first twenty at one big domain."""
    world = make_world(people=30)
    with db.writing():
        big = update(Recipient).where(Recipient.id.in_(world.people[:20]))
        session.execute(big.values(domain_index=crypto.domain_index(world.organisation.uid, "@big.example.net")))
    return world


def limit(world: World, **rates: float) -> None:
    """``sender`` for all, ``big`` for the big domain."""
    names = {"sender": "", "big": "big.example.net"}
    with db.writing():
        change_rates(world.organisation.id, world.organisation.uid, {names[key]: one for key, one in rates.items()})


def one_pass(transport: FakeTransport, stream: Stream = Stream.BULK, pacer: Pacer | None = None) -> None:
    """A drain that ends where it would wait."""
    over: list[float] = []
    drain(transport, stream, pacer=pacer or Pacer(), sleep=over.append, stop=lambda: bool(over))


def parked(message_id: int) -> list[Delivery]:
    with db.reading():
        rows = session.scalars(
            select(Delivery)
            .where(Delivery.message_id == message_id, Delivery.reason == PACED)
            .order_by(Delivery.next_at)
        ).all()
        session.expunge_all()
        return list(rows)


def test_a_slow_domain_holds_up_no_other(world: World) -> None:
    """Everyone elsewhere gets theirs; the domain's people wait, one behind the other, and no try is counted."""
    limit(world, big=3)
    message_id, transport = world.launch(), FakeTransport()
    with clock.frozen(NOW):
        one_pass(transport)
    assert {f"reader-{number}@example.net" for number in range(20, 30)} <= set(transport.readers)
    waiting = parked(message_id)
    assert len(transport.sent) + len(waiting) == 30
    assert all(row.state is DeliveryState.DEFERRED and row.attempts == 0 for row in waiting)
    moments = [row.next_at for row in waiting if row.next_at is not None]
    assert moments == sorted(set(moments))
    assert len(moments) == 16
    assert NOW < moments[0] < moments[-1] <= NOW + timedelta(seconds=6)


def test_a_slow_mailing_holds_up_no_other_and_no_other_stream(world: World) -> None:
    """While one organisation's mailing waits, another's leaves whole; so does urgent mail of the same domain."""
    limit(world, sender=6)
    slow, other = world.launch(), make_world(people=12).launch()
    urgent, transport = world.launch(Stream.URGENT), FakeTransport()
    with clock.frozen(NOW):
        one_pass(transport)
        assert states(other) == {"accepted": 12}
        assert states(slow) == {"accepted": 8, "deferred": 22}
        one_pass(transport, Stream.URGENT)
        assert states(urgent)["accepted"] == 2
    with clock.frozen(NOW + timedelta(seconds=1)):
        one_pass(transport, Stream.URGENT)
        one_pass(transport)
    assert (states(urgent)["accepted"], states(slow)["accepted"]) == (8, 8)


def test_where_nobody_may_leave_everybody_is_parked(world: World) -> None:
    """A claim of which no mail may leave parks all its rows: they are not taken again and again meanwhile."""
    limit(world, sender=6)
    world.launch()
    transport = FakeTransport()
    with clock.frozen(NOW):
        one_pass(transport)
        late = world.launch()
        one_pass(transport)
    assert states(late) == {"deferred": 30}
    assert len(transport.sent) == 8


def test_everyone_gets_theirs_once_in_the_end(world: World) -> None:
    """The worker waits itself where rows come back soon; each turn sends what the pace allows."""
    limit(world, big=3, sender=10)
    message_id, transport = world.launch(), FakeTransport()
    now = NOW
    pacer = Pacer()
    for _turn in range(200):
        with clock.frozen(now):
            one_pass(transport, pacer=pacer)
        now += timedelta(seconds=0.5)
        if states(message_id) == {"accepted": 30}:
            break
    assert len(transport.readers) == len(set(transport.readers)) == 30


def test_a_limit_is_changed_while_mail_goes_out(world: World) -> None:
    """Rows that wait by the old pace come back at once, and leave by the new one."""
    limit(world, big=0.1)
    message_id, transport = world.launch(), FakeTransport()
    with clock.frozen(NOW):
        one_pass(transport)
    assert len(parked(message_id)) == 18
    with clock.frozen(NOW + timedelta(seconds=1)):
        limit(world)
        one_pass(transport)
    assert states(message_id) == {"accepted": 30}


def test_a_sender_that_is_asked_for_patience_slows_down(world: World) -> None:
    """After a 421 the other mails of this sender wait; another sender's do not, and the pace is shared by Redis."""
    answers: list[Callable[[Outgoing], Result]] = [busy]
    transport = FakeTransport(answer=lambda outgoing: (answers.pop() if answers else accept)(outgoing))
    message_id = world.launch()
    with clock.frozen(NOW):
        one_pass(transport)
        second, other = world.launch(), make_world(people=12).launch()
        one_pass(transport)
        assert states(other) == {"accepted": 12}
        assert states(second)["deferred"] > 0
    assert states(message_id)["accepted"] + states(message_id)["deferred"] == 30
    with clock.frozen(NOW + timedelta(minutes=11)):
        one_pass(transport)
    assert states(second) == {"accepted": 30}


def test_without_redis_the_last_known_pace_holds(world: World) -> None:
    """The worker counts in its own memory: no more than the limit, and nothing stops."""
    limit(world, big=3)
    message_id, transport = world.launch(), FakeTransport()

    def away() -> Redis:
        raise RedisAway("gone")

    with clock.frozen(NOW):
        one_pass(transport, pacer=Pacer(away))
    assert (len(transport.sent), len(parked(message_id))) == (14, 16)


def test_without_limits_nothing_waits(world: World) -> None:
    """The default."""
    message_id = world.launch()
    one_pass(FakeTransport())
    assert reasons(message_id) == [("accepted", "")] * 30


def accept(outgoing: Outgoing) -> Result:
    return Accepted(outgoing.key)


def busy(outgoing: Outgoing) -> Result:
    return Deferred(outgoing.key, Phase.MAIL, 421, "4.7.0", "too many mails, slow down")


def test_rows_of_earlier_versions_share_the_pace_of_their_domain(world: World) -> None:
    """They have an index that was the same in every organisation; the domain is one all the same."""
    limit(world, big=3)
    with db.writing():
        former = update(Recipient).where(Recipient.id.in_(world.people[:10]))
        session.execute(
            former.values(domain_index=crypto.former_domain_indexes(world.organisation.uid, "@big.example.net")[0])
        )
    message_id, transport = world.launch(), FakeTransport()
    with clock.frozen(NOW):
        one_pass(transport)
    assert len(parked(message_id)) == 16
