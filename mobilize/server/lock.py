"""One run a data folder: an advisory lock that the children hold too.

A killed supervisor leaves children that are still ending; the folder stays locked until the last of them is gone.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mobilize.core.errors import ConfigurationError

NAME = "up.lock"


def refuse_if_running(run_dir: Path) -> None:
    """Look, without making anything, whether a service runs in this folder.

    Raises:
        ConfigurationError: it does; names its process.
    """
    path = run_dir / NAME
    if path.exists():
        os.close(_locked(path, os.O_RDWR))


@contextmanager
def holding(run_dir: Path) -> Iterator[int]:
    """Make the folder (0700) where needed and lock it within the block; gives the descriptor to pass on.

    Raises:
        ConfigurationError: another service runs in it.
    """
    run_dir.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    run_dir.mkdir(mode=0o700, exist_ok=True)
    run_dir.chmod(0o700)
    descriptor = _locked(run_dir / NAME, os.O_RDWR | os.O_CREAT)
    os.ftruncate(descriptor, 0)
    os.write(descriptor, f"{os.getpid()}\n".encode())
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _locked(path: Path, flags: int) -> int:
    descriptor = os.open(path, flags, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(descriptor, 32, 0).decode(errors="replace").strip()
        os.close(descriptor)
        raise ConfigurationError(
            "MOBILIZE_DATA_DIR",
            f"{path.parent.parent} is in use by another mobilize up (process {holder}), or it is still ending",
        ) from None
    return descriptor
