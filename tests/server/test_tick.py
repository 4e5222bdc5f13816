"""The pass of the clock: once at a time, every step on its own, and by somebody if beat is gone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis

from mobilize import tick
from mobilize.core import broker, db, doorbell, heartbeat
from mobilize.core.settings import Settings
from mobilize.delivery import queries
from mobilize.delivery.models import Stream
from mobilize.delivery.tick_steps import reap, wake_streams

NOW = datetime(2026, 2, 26, 14, 0, tzinfo=UTC)


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """The moments for which a pass was made; the real steps are left out."""
    made: list[datetime] = []

    def note(now: datetime, _settings: Settings) -> None:
        made.append(now)

    monkeypatch.setattr(tick, "steps", lambda: [note])
    return made


def test_steps_run_by_stage() -> None:
    """Dead workers' rows are freed before anything is launched; streams are woken when all else is done."""
    steps = tick.steps()
    assert (steps[0], steps[-1]) == (reap, wake_streams)


def test_the_first_pass_notes_its_moment(installation: Settings, passes: list[datetime]) -> None:
    """A new installation has no row yet; the first pass makes it."""
    assert tick.run(NOW, installation)

    with db.reading():
        assert heartbeat.last_tick() == NOW
    assert passes == [NOW]


def test_two_beats_are_one_pass(installation: Settings, passes: list[datetime]) -> None:
    """A second beat at the same moment does nothing; one after the interval does."""
    later = NOW + timedelta(seconds=heartbeat.SECONDS_BETWEEN_TICKS)

    assert [tick.run(moment, installation) for moment in (NOW, NOW, later)] == [True, False, True]
    assert passes == [NOW, later]


def test_beats_at_the_same_time_are_one_pass(installation: Settings, passes: list[datetime]) -> None:
    """Eight threads, the very first pass included: one of them does it."""
    with ThreadPoolExecutor(8) as threads:
        done = list(threads.map(lambda _number: tick.run(NOW, installation), range(8)))

    assert done.count(True) == 1
    assert passes == [NOW]


def test_a_step_that_fails_does_not_hold_up_the_others(
    installation: Settings, passes: list[datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fault is swallowed after it was logged; the steps behind it run."""

    def broken(_now: datetime, _settings: Settings) -> None:
        raise ValueError

    steps = tick.steps()
    monkeypatch.setattr(tick, "steps", lambda: [broken, *steps])

    assert tick.run(NOW, installation)
    assert passes == [NOW]


def test_a_worker_ticks_only_when_nobody_else_does(installation: Settings, passes: list[datetime]) -> None:
    """While beat is there the workers' own timers keep still; once it is gone one of them takes over."""
    tick.run(NOW, installation)

    assert not tick.run_if_late(NOW + timedelta(seconds=10), installation)
    assert tick.run_if_late(NOW + timedelta(seconds=30), installation)
    assert len(passes) == 2


def test_a_bell_that_hangs_unanswered_is_not_hung_again(
    installation: Settings, redis_socket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Passes without a worker leave one wake-up in the queue, not one each."""
    client = Redis(unix_socket_path=redis_socket)
    client.delete(*broker.QUEUES)
    monkeypatch.setattr(queries, "due_streams", lambda _now: [Stream.BULK])

    for _pass in range(5):
        wake_streams(NOW, installation)

    assert client.llen("bulk") == 1
    client.delete(*broker.QUEUES)
    client.close()


def test_a_pass_without_redis_does_the_rest(
    installation: Settings, passes: list[datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bells cannot be rung, and nothing else is lost."""
    nowhere = Redis(unix_socket_path="/nowhere/redis.sock")
    monkeypatch.setattr(broker, "redis", lambda: nowhere)
    monkeypatch.setattr(doorbell, "_client", None)
    monkeypatch.setattr(queries, "due_streams", lambda _now: [Stream.BULK])
    steps = tick.steps()
    monkeypatch.setattr(tick, "steps", lambda: [wake_streams, *steps])

    assert tick.run(NOW, installation)
    assert passes == [NOW]
