"""Claims, fences and leases: a worker that lost its rows changes nothing, and no row is forgotten."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError, OperationalError

from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.core.settings import Settings
from mobilize.delivery.models import Claim, Delivery, DeliveryState, Message, MessageState, Stream
from mobilize.delivery.sending import claims, held_rows, upkeep
from mobilize.delivery.sending.claims import Claimed, Hold
from mobilize.delivery.sending.classify import Outcome
from mobilize.delivery.sending.leases import LEASE, LeaseKeeper
from mobilize.delivery.sending.upkeep import ClockWatch, reap_expired_leases
from mobilize.delivery.sending.windows import connect
from tests.delivery.engine_world import FakeTransport, drain, make_world, reasons, states


@pytest.fixture(autouse=True)
def _installed(installation: Settings) -> None:
    """Every test here has a database, keys and Redis."""


def claim(hold: Hold, limit: int = 10, stream: Stream = Stream.BULK) -> list[Claimed]:
    now = clock.now()
    with connect() as connection, connection.begin():
        return claims.claim(connection, stream, hold, limit=limit, now=now, until=now + LEASE)


def attempt(hold: Hold, rows: list[Claimed]) -> set[int]:
    with connect() as connection, connection.begin():
        return held_rows.attempt(connection, hold, rows, clock.now())


def record(hold: Hold, *outcomes: Outcome) -> int:
    with connect() as connection, connection.begin():
        accepted = [one.delivery_id for one in outcomes if one.state is DeliveryState.ACCEPTED]
        others = [one for one in outcomes if one.state is not DeliveryState.ACCEPTED]
        return held_rows.record(connection, hold, accepted, others, clock.now())


def reap() -> int:
    with db.writing():
        return reap_expired_leases(clock.now() + LEASE * 2)


def test_two_workers_never_hold_the_same_row() -> None:
    """Eight workers claim at once; together they hold every row exactly once."""
    world = make_world(people=60)
    world.launch()
    held: list[int] = []
    barrier = threading.Barrier(8)

    def work(number: int) -> None:
        barrier.wait()
        while rows := claim(Hold(f"worker-{number}"), limit=7):
            held.extend(row.id for row in rows)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(held) == len(set(held)) == 60


def test_messages_of_a_stream_take_turns() -> None:
    """A second mailing is in the first claim although the first has more rows than a claim takes."""
    world = make_world(people=20)
    world.launch()
    world.launch()
    messages = [row.message_id for row in claim(Hold("one", 1), limit=10)]
    assert len(set(messages[:2])) == 2
    assert messages == messages[:2] * 5


def test_a_claim_is_filled_from_whoever_has_more() -> None:
    """A small message does not leave its share of the claim unused."""
    large, small = make_world(people=20), make_world(people=1)
    large.launch()
    small.launch()
    assert len(claim(Hold("one", 1), limit=10)) == 10


def test_an_older_fence_can_neither_attempt_nor_record() -> None:
    """After the reaper gave its rows to another claim, a worker's writes change nothing."""
    world = make_world(people=2)
    message_id = world.launch()
    old = Hold("slow", 1)
    rows = claim(old)
    assert reap() == 2
    new = Hold("slow", 2)
    assert [row.id for row in claim(new)] == [row.id for row in rows]
    assert attempt(old, rows) == set()
    assert record(old, Outcome(rows[0].id, DeliveryState.ACCEPTED), Outcome(rows[1].id, DeliveryState.FAILED)) == 0
    assert states(message_id) == {"claimed": 2}


def test_claimed_rows_of_a_dead_worker_wait_again() -> None:
    """Nothing was sent, so they go out with the next claim."""
    world = make_world(people=3)
    message_id = world.launch()
    claim(Hold("dead", 1))
    assert reap() == 3
    transport = FakeTransport()
    drain(transport)
    assert states(message_id) == {"accepted": 3}


@pytest.mark.postgresql
def test_a_worker_stopped_within_a_unit_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its locks are taken from it: the rows that it held are reaped, and what it had not committed is not written."""
    if db.is_sqlite():
        pytest.skip("SQLite cannot end the transaction of another process")
    monkeypatch.setattr(db, "STOPPED_FOR", timedelta(seconds=0.3))
    db.engine().dispose()
    world = make_world(people=3)
    message_id = world.launch()
    hold = Hold("stopped", 1)
    rows = claim(hold)
    with connect() as connection:
        unit = connection.begin()
        held_rows.attempt(connection, hold, rows, clock.now())
        assert reap() == 3
        with pytest.raises(DBAPIError):
            unit.commit()
    drain(FakeTransport())
    assert states(message_id) == {"accepted": 3}


def test_attempted_bulk_rows_of_a_dead_worker_are_unknown() -> None:
    """Nobody knows whether they arrived: parked and listed, not sent again by themselves."""
    world = make_world(people=3)
    message_id = world.launch()
    hold = Hold("dead", 1)
    attempt(hold, claim(hold, limit=2))
    reap()
    drain(FakeTransport())
    assert states(message_id) == {"accepted": 1, "unknown": 2}
    assert reasons(message_id)[0] == ("unknown", "worker-lost")


def test_a_living_lease_is_left_alone() -> None:
    """The reaper frees nothing before the lease's end."""
    world = make_world(people=1)
    message_id = world.launch()
    claim(Hold("alive", 1))
    with db.writing():
        assert reap_expired_leases(clock.now()) == 0
    assert states(message_id) == {"claimed": 1}


def test_a_reaped_row_of_somebody_who_left_ends() -> None:
    """A mark that was set while the row was held decides, not the reaper."""
    world = make_world(people=1)
    message_id = world.launch()
    claim(Hold("dead", 1))
    with db.writing():
        session.execute(update(Delivery).values(stop_reason="withdrawn"))
    reap()
    assert reasons(message_id) == [("revoked", "withdrawn")]


def test_an_attempted_row_that_never_left_is_given_back_as_if_it_had_not_been_tried() -> None:
    """It waits again, no attempt counted; one that was stopped meanwhile ends with the reason. The claim is over."""
    world = make_world(people=2)
    message_id = world.launch()
    hold = Hold("one", 1)
    rows = claim(hold)
    attempt(hold, rows)
    with db.writing():
        session.execute(update(Delivery).where(Delivery.id == rows[0].id).values(stop_reason="withdrawn"))
    with connect() as connection, connection.begin():
        held_rows.end(connection, hold, [row.id for row in rows])
    with db.reading():
        assert session.scalars(select(Claim.id)).all() == [1]
    with connect() as connection, connection.begin():
        held_rows.release(connection, hold, [row.id for row in rows], clock.now())
        held_rows.end(connection, hold, [row.id for row in rows])
    assert sorted(reasons(message_id)) == [("pending", ""), ("revoked", "withdrawn")]
    with db.reading():
        assert set(session.scalars(select(Delivery.attempts))) == {0}
        assert session.scalars(select(Claim.id)).all() == []


def test_a_message_is_done_while_its_claim_goes_on_with_another() -> None:
    """Two in one claim: the clock does not let one wait for the other's last answer."""
    done, waiting = make_world(people=3).launch(), make_world(people=3).launch()
    hold = Hold("mine")
    rows = claim(hold)
    attempt(hold, rows)
    with connect() as connection, connection.begin():
        ended = [row.id for row in rows if row.message_id == done]
        assert held_rows.record(connection, hold, ended, [], clock.now()) == 3
    upkeep.finish(clock.now())
    with db.reading():
        assert session.get_one(Message, done).state is MessageState.FINISHED
        assert session.get_one(Message, waiting).state is MessageState.SENDING


def test_a_lease_that_lapsed_is_not_taken_up_again() -> None:
    """A worker that was stopped past its lease finds it gone, and renews nothing after it woke."""
    renewed: list[object] = []
    keeper = LeaseKeeper(renewed.append, clock.now, lease=timedelta(seconds=0.2))
    time.sleep(0.3)
    with keeper:
        assert not keeper.holds
        time.sleep(0.15)
    assert renewed == []
    assert not keeper.holds


def test_a_lease_is_renewed_while_work_goes_on() -> None:
    """Longer than one lease, as long as the renewals succeed; and no longer than one lease after the last."""
    lease = timedelta(seconds=0.4)
    seconds, renewed, enough = [0.0], [0], threading.Event()

    def renew(_until: object) -> None:
        """A quarter of a lease passes between one renewal and the next, however slow this machine is."""
        renewed[0] += 1
        if renewed[0] <= 10:
            seconds[0] += lease.total_seconds() / 4
        else:
            enough.set()
            raise OperationalError("renew", None, Exception("the database is away"))

    with LeaseKeeper(renew, clock.now, lease=lease, monotonic=lambda: seconds[0]) as keeper:
        assert enough.wait(60)
        assert keeper.holds
        seconds[0] += 0.7 * lease.total_seconds()  # and a quarter since the last renewal began
        assert not keeper.holds
    assert seconds[0] > 2 * lease.total_seconds()


def test_renewal_prolongs_what_the_owner_holds() -> None:
    """Its claims, and nobody else's."""
    world = make_world(people=3)
    world.launch()
    mine, other = Hold("mine", 1), Hold("other", 2)
    attempt(mine, claim(mine, limit=1))
    claim(other, limit=1)
    until = clock.now() + timedelta(hours=1)
    with connect() as connection, connection.begin():
        assert claims.renew(connection, "mine", until) == 1
    with db.reading():
        leases = dict(session.execute(select(Claim.owner, Claim.lease_until)).all())
    assert leases["mine"] == until
    assert leases["other"] < until


def test_a_lapsed_lease_stops_a_drain_before_the_next_message() -> None:
    """What was drawn goes; nothing else is drawn, recorded or given back, and the reaper finds it all."""
    world = make_world(people=9)
    message_id = world.launch()

    def stall(count: int) -> None:
        if count == 1:
            LeaseKeeper.holds = property(lambda _self: False)  # type: ignore[assignment, method-assign]

    kept = LeaseKeeper.holds
    transport = FakeTransport(before=stall)
    try:
        drain(transport, window=3)
    finally:
        LeaseKeeper.holds = kept  # type: ignore[method-assign]
    assert len(transport.sent) == 2
    assert states(message_id) == {"attempting": 3, "claimed": 6}
    reap()
    assert states(message_id) == {"unknown": 3, "pending": 6}


def test_a_calendar_that_jumps_reaps_nobody() -> None:
    """After a step of an hour, either way, leases are judged only when the living had time to renew them."""
    watch, start = ClockWatch(), clock.now()
    assert watch.is_steady(start, 1000.0)
    assert watch.is_steady(start + timedelta(seconds=5), 1005.0)
    jumped = start + timedelta(hours=1)
    assert not watch.is_steady(jumped, 1010.0)
    assert not watch.is_steady(jumped + LEASE / 2, 1010.0 + LEASE.total_seconds() / 2)
    assert watch.is_steady(jumped + LEASE, 1010.0 + LEASE.total_seconds())
    assert not watch.is_steady(start, 1020.0 + LEASE.total_seconds())
