"""A whole service as ``mobilize up`` runs it, and settings to be refused."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import psutil
import pytest

from mobilize.core.settings import Settings, load

_WHOLE_WORDS = ("bounces", "beat")
COMMAND = (str(Path(sys.executable).parent / "mobilize"), "up")


@dataclass
class Service:
    """One running ``mobilize up``."""

    environ: dict[str, str]
    process: subprocess.Popen[bytes]
    output: Path

    @property
    def settings(self) -> Settings:
        return load(self.environ)

    def children(self) -> dict[str, psutil.Process]:
        """The direct children by what they are: its program or, for a worker, its name."""
        found = {_name(child): child for child in psutil.Process(self.process.pid).children()}
        return {name: child for name, child in found.items() if name}

    def everything(self) -> list[psutil.Process]:
        """The supervisor and all that it started, directly or not."""
        parent = psutil.Process(self.process.pid)
        return [parent, *parent.children(recursive=True)]

    def readiness(self) -> dict[str, Any]:
        """The answer of /readyz; nothing in it is there while the web server restarts."""
        try:
            with urllib.request.urlopen(f"{self.settings.base_url}/readyz", timeout=10) as answer:
                found: dict[str, Any] = json.load(answer)
        except HTTPError as refused:
            found = json.load(refused)
        except OSError:
            found = {"ready": False, "missing": ["web"]}
        return found

    def printed(self) -> str:
        return self.output.read_text()


def wait_until(met: Callable[[], object], *, seconds: float = 60) -> None:
    """Look again and again until ``met`` is true; the limit only ends a test that would hang."""
    deadline = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < deadline, f"not met within {seconds} s"
        time.sleep(0.1)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def environment(data_dir: Path) -> dict[str, str]:
    """Settings of a service of its own."""
    return {
        "MOBILIZE_DATA_DIR": str(data_dir),
        "MOBILIZE_BIND": f"127.0.0.1:{free_port()}",
        "MOBILIZE_INBOX_SMTP_PORT": str(free_port()),
        "MOBILIZE_BOUNCES": f"lmtp://127.0.0.1:{free_port()}",
        "MOBILIZE_BULK_WORKERS": "2",
        "MOBILIZE_FEEDBACK": "loops@example.org, complaints@example.org",
    }


def start(environ: dict[str, str], output: Path) -> Service:
    """Run ``mobilize up`` and return once it says that it is ready."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MOBILIZE_")}
    with output.open("wb") as file:
        process = subprocess.Popen(COMMAND, env={**kept, **environ}, stdout=file, stderr=subprocess.STDOUT)
    service = Service(environ, process, output)
    wait_until(lambda: "is ready" in service.printed() or process.poll() is not None)
    assert process.poll() is None, service.printed()
    return service


def stop(service: Service) -> None:
    """End it, whatever state it is in, with all that it started."""
    if service.process.poll() is None:
        everything = service.everything()
        service.process.send_signal(signal.SIGTERM)
        _gone, alive = psutil.wait_procs(everything, timeout=60)
        for process in alive:
            process.kill()
    service.process.wait(10)


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service for all tests that leave it running."""
    folder = tmp_path_factory.mktemp("service")
    running = start(environment(folder / "var"), folder / "output")
    yield running
    stop(running)


def _name(child: psutil.Process) -> str:
    """What a child is; empty for one that just ended or has not become itself yet."""
    try:
        words = child.cmdline()
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return ""
    for word in words:
        if word.startswith("--hostname="):
            return word.removeprefix("--hostname=").removesuffix("@%h")
    names = ("redis-server", "mobilize.inbox", "gunicorn", *_WHOLE_WORDS)
    return next((name for name in names if _has(words, name)), "")


def _has(words: list[str], name: str) -> bool:
    return any(word == name if name in _WHOLE_WORDS else name in word for word in words)
