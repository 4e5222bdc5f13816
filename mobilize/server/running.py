"""One child process that is running: started so that it can not outlive its parent, ended with its whole group."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable

from mobilize.server.plan import Child

_PR_SET_PDEATHSIG = 1
# Celery warns about root because of pickle, which no worker here accepts.
_ENVIRONMENT = {"PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": "ignore:You're running the worker with superuser"}
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class Running:
    """A started child; ``output`` is the descriptor of what it prints."""

    def __init__(self, child: Child, inherited: tuple[int, ...]) -> None:
        self.child = child
        # A session of its own: a Ctrl-C in the terminal reaches the supervisor only, which ends all in order.
        self._process = subprocess.Popen(  # noqa: S603 - commands come from plan
            child.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=(*inherited, *child.descriptors),
            env={**os.environ, **_ENVIRONMENT},
            start_new_session=True,
            preexec_fn=die_with(os.getpid()),  # safe: the supervisor has one thread
        )
        assert self._process.stdout is not None  # noqa: S101 - PIPE was asked for
        self.output = self._process.stdout.fileno()
        os.set_blocking(self.output, False)

    @property
    def pid(self) -> int:
        return self._process.pid

    def exit_status(self) -> int | None:
        """None while it runs; negative for a signal."""
        return self._process.poll()

    def terminate(self) -> None:
        """Ask it to end."""
        if self._process.poll() is None:
            self._process.terminate()

    def kill(self) -> None:
        """End it and everything it started, now."""
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return

    def read(self) -> bytes:
        """What it printed since, without waiting; empty at the end."""
        try:
            return os.read(self.output, 65536)
        except BlockingIOError:
            return b""

    def close(self) -> None:
        """Let go of its output."""
        if self._process.stdout is not None:
            self._process.stdout.close()


def die_with(parent: int) -> Callable[[], None] | None:
    """Have the kernel send SIGTERM to the child when its parent is gone, however that came (prctl(2))."""
    if _libc is None:
        return None
    libc = _libc

    def ask() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)

    return ask
