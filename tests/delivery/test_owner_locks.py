"""The lock of whoever claimed dies with them: others take over what the dead held, and nothing of the living."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import text

from mobilize.core import clock, db
from mobilize.core.settings import Settings
from mobilize.delivery.models import DeliveryState, Stream
from mobilize.delivery.sending import claims, held_rows, owner_locks, upkeep
from mobilize.delivery.sending.claims import Claimed, Hold
from mobilize.delivery.sending.classify import Outcome
from mobilize.delivery.sending.leases import LEASE
from mobilize.delivery.sending.owner_locks import CONFIRM, DeadOwners, OwnerLock
from mobilize.delivery.sending.upkeep import take_over
from mobilize.delivery.sending.windows import connect
from tests.delivery.engine_world import FakeTransport, drain, make_world, states


@pytest.fixture(autouse=True)
def _installed(installation: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test here has a database, keys and Redis, and needs no second look at a lock."""
    monkeypatch.setattr(owner_locks, "CONFIRM", 0.0)


def claim(lock_id: int | None) -> tuple[Hold, list[Claimed]]:
    hold, now = Hold("one", lock_id=lock_id), clock.now()
    with connect() as connection, connection.begin():
        return hold, claims.claim(connection, Stream.BULK, hold, limit=10, now=now, until=now + LEASE)


def test_what_a_living_owner_claimed_stays() -> None:
    """The lock is held: nobody takes its rows, however often they look; released, they are free."""
    message_id = make_world(people=3).launch()
    with OwnerLock() as lock:
        claim(lock.id)
        assert [take_over(clock.now()), take_over(clock.now())] == [0, 0]
    assert take_over(clock.now()) == 3
    assert states(message_id) == {"pending": 3}


def test_a_claim_without_a_lock_has_its_lease() -> None:
    """As a worker of an earlier version made it."""
    make_world(people=3).launch()
    claim(None)
    assert take_over(clock.now()) == 0


def test_who_is_wrongly_held_for_dead_sends_nothing_twice() -> None:
    """The fence: after others took its rows over it neither attempts nor records."""
    message_id = make_world(people=3).launch()
    with OwnerLock() as lock:
        hold, rows = claim(lock.id)
    assert take_over(clock.now()) == 3
    with connect() as connection, connection.begin():
        assert held_rows.attempt(connection, hold, rows, clock.now()) == set()
        accepted = [Outcome(row.id, DeliveryState.FAILED) for row in rows]
        assert held_rows.record(connection, hold, [], accepted, clock.now()) == 0
    transport = FakeTransport()
    drain(transport)
    assert len(transport.sent) == 3
    assert states(message_id) == {"accepted": 3}


def test_a_drain_holds_its_lock_while_it_sends() -> None:
    """Others look between its answers and find it alive; afterwards it leaves no file and no lock."""
    make_world(people=3).launch()
    looked: list[int] = []
    transport = FakeTransport()
    answer = transport.answer
    transport.answer = lambda one: (looked.append(_look()), answer(one))[1]
    drain(transport)
    assert looked == [0, 0, 0]
    if db.is_sqlite():
        assert list(owner_locks._path(0).parent.iterdir()) == []
    else:
        with db.reading() as _unit, connect() as connection:
            assert connection.scalar(text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")) == 0


def _look() -> int:
    """From another process's eyes: SQLite lets only one write, and a look writes only where somebody is dead."""
    with db.reading():
        return len(upkeep._dead_locks())


@pytest.mark.postgresql
def test_a_broken_session_is_locked_anew() -> None:
    """The server ends it: at the next second the lock is taken again, so its owner is not held for dead."""
    if db.is_sqlite():
        pytest.skip("SQLite has no sessions")
    make_world(people=3).launch()
    with OwnerLock() as lock:
        claim(lock.id)
        with connect() as connection, connection.begin():
            backends = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
            connection.execute(text(backends)).all()
        deadline = time.monotonic() + 10
        while take_over_would_free() and time.monotonic() < deadline:
            lock.keep()
        assert take_over(clock.now()) == 0


def take_over_would_free() -> bool:
    return _look() > 0


def test_a_lock_has_to_stay_free_to_be_a_dead_one() -> None:
    """Seen free once it may be between two sessions of its owner; held again, the time starts anew."""
    owners = DeadOwners()
    assert owners.among({1, 2}, {2}, 10.0, CONFIRM) == set()
    assert owners.among({1, 2}, {1, 2}, 11.0, CONFIRM) == set()
    assert owners.among({1, 2}, {2}, 12.0, CONFIRM) == set()
    assert owners.among({1, 2}, {2}, 12.0 + CONFIRM, CONFIRM) == {1}
    assert owners.among({2}, {2}, 20.0, CONFIRM) == set()
