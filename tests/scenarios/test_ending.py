"""However a rehearsal ends, nothing of it remains: no process, no folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from mobilize.demo.stage import on_stage

BEGINS = datetime(2018, 5, 7, 8, tzinfo=UTC)


def processes_in(folder: str) -> list[int]:
    """Those that were started with settings of an installation in this folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("MOBILIZE_DATA_DIR", "").startswith(folder):
                found.append(process.pid)
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue
    return found


def fail_on_stage(folders: list[Path]) -> None:
    with on_stage("leidenasiacentre", BEGINS, within=280) as stage:
        folders.append(stage.settings.data_dir)
        assert len(processes_in(str(folders[0]))) > 5
        raise ZeroDivisionError


def until(met: Callable[[], object]) -> None:
    deadline = time.monotonic() + 200
    while not met():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_a_step_that_fails_leaves_nothing() -> None:
    """The failure is told as it is; processes end first, then the folder goes."""
    folders: list[Path] = []
    with pytest.raises(ZeroDivisionError):
        fail_on_stage(folders)
    (folder,) = folders
    assert not folder.exists()
    assert processes_in(str(folder)) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "terminated"])
def test_a_signal_ends_it_all(number: signal.Signals, tmp_path: Path) -> None:
    """In the middle of a scenario; the folder is made below the one for temporary files."""
    command = [sys.executable, "-m", "mobilize", "play", "003"]
    environ = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as play:
        assert play.stdout is not None
        until(lambda: "opens the registration" in play.stdout.readline() or play.poll() is not None)
        assert len(processes_in(str(tmp_path))) > 5
        play.send_signal(number)
        play.communicate(timeout=200)
    assert play.returncode != 0
    assert list(tmp_path.glob("mobilize-rehearsal-*")) == []
    assert processes_in(str(tmp_path)) == []
