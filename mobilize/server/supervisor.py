"""Keeps the children of one installation running, and ends them in order.

start: the last stage (Redis) first; the rest once it answers. Dead child: again, after a growing delay.
SIGINT, SIGTERM, SIGHUP: stage by stage SIGTERM, then SIGKILL after its grace; a second signal cuts the grace.
"""

from __future__ import annotations

import selectors
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from mobilize.server import restarts
from mobilize.server.plan import GRACE, Child, Stage
from mobilize.server.running import Running
from mobilize.server.terminal import Terminal

TURN_SECONDS = 0.2
PREPARED_WITHIN = 15.0
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Supervisor:
    """One run. ``lock`` is a descriptor that every child holds open as well."""

    def __init__(self, children: list[Child], terminal: Terminal, *, lock: int) -> None:
        self._children = children
        self._terminal = terminal
        self._lock = lock
        self._selector = selectors.DefaultSelector()
        self._running: dict[str, Running] = {}
        self._due: dict[str, float] = {}
        self._ends = {child.name: deque[float](maxlen=restarts.LIMIT) for child in children}
        self._asked_to_end = 0
        self._failure = ""

    def run(self, *, redis_answers: Callable[[], bool], each_turn: Callable[[], None]) -> str:
        """Serve until a signal or a repeated failure; returns what failed, or an empty string.

        ``redis_answers`` says whether the other children may start; ``each_turn`` is called a few times a second
        while all is meant to run.
        """
        with self._catching_signals():
            self._start(Stage.REDIS)
            self._wait_for(redis_answers)
            for stage in (Stage.INBOX, Stage.WEB, Stage.WORK):
                self._start(stage)
            while not self._ending:
                self._turn()
                each_turn()
            for stage in Stage:
                self._end(stage)
        return self._failure

    def pids(self) -> dict[str, int]:
        """The process of each child that runs now."""
        return {name: running.pid for name, running in self._running.items()}

    @property
    def _ending(self) -> bool:
        return bool(self._asked_to_end or self._failure)

    def _start(self, stage: Stage) -> None:
        for child in self._children:
            if child.stage is stage and not self._ending:
                self._spawn(child)

    def _spawn(self, child: Child) -> None:
        try:
            running = Running(child, (self._lock,))
        except OSError as error:
            self._failure = f"{child.name}: it cannot be started ({error.strerror})"
            return
        self._running[child.name] = running
        self._selector.register(running.output, selectors.EVENT_READ, running)

    def _wait_for(self, answers: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PREPARED_WITHIN
        while not self._ending and not answers():
            if time.monotonic() > deadline:
                self._failure = f"redis: no answer within {PREPARED_WITHIN:.0f} seconds"
            self._turn()

    def _turn(self) -> None:
        self._relay(TURN_SECONDS)
        for name in self._reap():
            self._plan_restart(name)
        self._restart_due()

    def _relay(self, seconds: float) -> None:
        for key, _events in self._selector.select(seconds):
            running: Running = key.data
            data = running.read()
            if data:
                self._terminal.relay(running.child.name, data)
            else:
                self._selector.unregister(running.output)

    def _reap(self) -> list[str]:
        """Names of the children that ended since, with their output printed to its end."""
        ended = [name for name, running in self._running.items() if running.exit_status() is not None]
        for name in ended:
            self._drop(name)
        return ended

    def _drop(self, name: str) -> None:
        running = self._running.pop(name)
        if running.output in self._selector.get_map():
            while data := running.read():
                self._terminal.relay(name, data)
            self._selector.unregister(running.output)
        # What a dead child left behind (a web server's own workers) must not answer beside the next one.
        running.kill()
        running.close()
        if self._asked_to_end:
            self._terminal.forget(name)
        else:
            self._terminal.ended(name, _described(running.exit_status()))

    def _plan_restart(self, name: str) -> None:
        now = time.monotonic()
        self._ends[name].append(now)
        delay = restarts.delay(self._ends[name], now)
        if delay is None:
            self._failure = f"{name}: it ended {restarts.LIMIT} times within a minute; its lines above tell why"
        else:
            self._due[name] = now + delay

    def _restart_due(self) -> None:
        now = time.monotonic()
        for child in self._children:
            if child.name in self._due and self._due[child.name] <= now and not self._ending:
                del self._due[child.name]
                self._spawn(child)

    def _end(self, stage: Stage) -> None:
        names = {child.name for child in self._children if child.stage is stage}
        deadline = time.monotonic() + GRACE[stage]
        for name in names & self._running.keys():
            self._running[name].terminate()
        killed = False
        while remaining := names & self._running.keys():
            if not killed and (time.monotonic() > deadline or self._asked_to_end > 1):
                self._kill(remaining)
                killed = True
            self._relay(TURN_SECONDS / 4)
            self._reap()

    def _kill(self, names: set[str]) -> None:
        for name in names:
            self._terminal.say(name, "did not end in time and is killed")
            self._running[name].kill()

    @contextmanager
    def _catching_signals(self) -> Iterator[None]:
        def asked(_number: int, _frame: FrameType | None) -> None:
            self._asked_to_end += 1

        before = {number: signal.signal(number, asked) for number in SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _described(status: int | None) -> str:
    if status is not None and status < 0:
        return signal.Signals(-status).name
    return f"exit status {status}"
