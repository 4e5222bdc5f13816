"""The supervisor on small children: order of ending, growing delays, loud failure, nobody left behind."""

from __future__ import annotations

import io
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from mobilize.server import plan, restarts, supervisor
from mobilize.server.plan import Child, Stage
from mobilize.server.supervisor import Supervisor
from mobilize.server.terminal import Terminal

SAY_WHEN_ENDING = """
import signal, sys, time
def end(*_): print("ending", flush=True); sys.exit(0)
signal.signal(signal.SIGTERM, end)
print("running", flush=True)
while True: time.sleep(1)
"""
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("running", flush=True)
while True: time.sleep(1)
"""

Run = Callable[..., tuple[str, str]]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """Supervise children until ``enough(output)``, then signal; returns what failed and what was printed."""
    lock = os.open(tmp_path / "lock", os.O_RDWR | os.O_CREAT)
    before = set(psutil.Process().children(recursive=True))

    def supervise(children: list[Child], enough: Callable[[str], bool], signals: int = 1) -> tuple[str, str]:
        stream = io.StringIO()
        runner = Supervisor(children, Terminal(children, stream, colour=False), lock=lock)

        def each_turn() -> None:
            if enough(stream.getvalue()):
                for _again in range(signals):
                    os.kill(os.getpid(), signal.SIGTERM)

        return runner.run(redis_answers=lambda: True, each_turn=each_turn), stream.getvalue()

    yield supervise
    os.close(lock)
    # A browser that other tests keep open may have begun a process of its own meanwhile.
    new = set(psutil.Process().children(recursive=True)) - before
    assert [one for one in new if not before.intersection(one.parents())] == []


def child(name: str, code: str, stage: Stage = Stage.WORK, *, quiet: bool = False) -> Child:
    return Child(name, (sys.executable, "-c", code), stage, quiet=quiet)


def test_stages_end_one_after_the_other(run: Run) -> None:
    """Workers first, then web, then inbox, Redis last; each is asked, none is killed."""
    children = [child(stage.name, SAY_WHEN_ENDING, stage) for stage in Stage]

    failure, output = run(children, lambda printed: printed.count("running") == len(Stage))

    ends = [line.split()[0] for line in output.splitlines() if line.endswith("ending")]
    assert ends == ["WORK", "WEB", "INBOX", "REDIS"]
    assert failure == ""
    assert "killed" not in output


def test_a_child_that_ignores_the_request_is_killed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """After its grace it is ended by force, and said to be."""
    monkeypatch.setitem(plan.GRACE, Stage.WORK, 0.3)

    failure, output = run([child("stubborn", STUBBORN)], lambda printed: "running" in printed)

    assert failure == ""
    assert "did not end in time and is killed" in output


def test_a_second_signal_does_not_wait_for_the_grace(run: Run) -> None:
    """Whoever presses Ctrl-C twice wants it to end now."""
    _failure, output = run([child("stubborn", STUBBORN)], lambda printed: "running" in printed, signals=2)

    assert "did not end in time and is killed" in output


def test_repeated_failure_ends_all_loudly(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that can not live is tried a few times; then all end, and the answer names it."""
    monkeypatch.setattr(restarts, "FIRST_DELAY", 0.0)
    children = [child("broken", "print('no such thing'); raise SystemExit(3)"), child("sound", SAY_WHEN_ENDING)]

    failure, output = run(children, lambda _printed: False)

    assert failure.startswith(f"broken: it ended {restarts.LIMIT} times")
    assert output.count("no such thing") == restarts.LIMIT
    assert "ended (exit status 3)" in output
    assert "sound  | ending" in output


def test_a_command_that_does_not_exist_is_a_failure(run: Run) -> None:
    """What cannot even be started ends all at once."""
    failure, _output = run([Child("absent", ("/nowhere/redis-server",), Stage.REDIS)], lambda _printed: False)

    assert failure.startswith("absent: it cannot be started")


def test_a_quiet_child_speaks_only_when_it_fails(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The usual chatter of Redis is held back and shown when it ends by itself."""
    monkeypatch.setattr(restarts, "FIRST_DELAY", 0.0)
    sound = child("sound", SAY_WHEN_ENDING, quiet=True)
    loud = child("loud", SAY_WHEN_ENDING)
    _failure, output = run([sound, loud], lambda printed: "loud  | running" in printed)
    assert "sound | running" not in output

    _failure, output = run([child("broken", "raise SystemExit('no memory')", quiet=True)], lambda _printed: False)
    assert "broken | no memory" in output


def test_output_is_printed_in_whole_lines(run: Run) -> None:
    """Lines that arrive in pieces are joined, and one without an end is shown at the end."""
    pieces = (
        "import sys, time\nfor p in ('fi', 'rst\\nsec', 'ond'): sys.stdout.write(p); sys.stdout.flush(); time.sleep(.1)"
    )

    _failure, output = run([child("writer", pieces)], lambda printed: "ended" in printed)

    assert "writer | first\nwriter | second\nwriter | ended (exit status 0)\n" in output


def test_delays_grow_and_old_failures_are_forgotten() -> None:
    """Doubling from a quarter second to eight; six ends in a minute are too many, over hours they are not."""
    delays = [restarts.delay([float(n) for n in range(count)], now=float(count)) for count in range(1, 6)]

    assert delays == [0.25, 0.5, 1.0, 2.0, 4.0]
    assert restarts.delay([0.0, 1.0, 2.0, 3.0, 4.0, 5.0], now=5.0) is None
    assert restarts.delay([0.0, 100.0, 200.0, 300.0, 400.0, 500.0], now=500.0) == restarts.FIRST_DELAY


def test_the_prepared_stage_must_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When Redis does not answer, nothing else is started."""
    monkeypatch.setattr(supervisor, "PREPARED_WITHIN", 0.1)
    children = [child("redis", SAY_WHEN_ENDING, Stage.REDIS), child("bulk", SAY_WHEN_ENDING)]
    stream = io.StringIO()
    lock = os.open(tmp_path / "lock", os.O_RDWR | os.O_CREAT)
    runner = Supervisor(children, Terminal(children, stream, colour=False), lock=lock)

    failure = runner.run(redis_answers=lambda: False, each_turn=lambda: None)

    os.close(lock)
    assert failure.startswith("redis: no answer")
    assert "bulk" not in stream.getvalue()
