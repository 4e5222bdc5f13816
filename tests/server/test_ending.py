"""One signal ends everything, whoever gets it and however deep the data folder lies."""

from __future__ import annotations

import signal
from pathlib import Path

import psutil
import pytest

from mobilize.server import embedded_redis
from tests.server.conftest import environment, start, stop

DEEP = Path("a-folder-whose-path-is-longer-than-a-unix-socket-may-be") / ("d" * 60)


@pytest.mark.crash
def test_sigterm_ends_all_and_a_killed_supervisor_takes_all_along(tmp_path: Path) -> None:
    """SIGTERM leaves no process and status 0; after kill -9 the children go by themselves, and a start works again."""
    environ = environment(tmp_path / DEEP / "var")
    first = start(environ, tmp_path / "first")
    everything = first.everything()
    first.process.send_signal(signal.SIGTERM)
    _gone, alive = psutil.wait_procs(everything, timeout=30)
    assert alive == []
    assert first.process.wait(5) == 0
    assert "did not end in time" not in first.printed()

    second = start(environ, tmp_path / "second")
    assert len(str(embedded_redis.socket_path(second.settings))) < 107
    children = second.everything()[1:]
    second.process.kill()
    _gone, alive = psutil.wait_procs(children, timeout=30)
    assert alive == []
    stop(second)
