"""A throw-away installation whose clock is moved: own folder, database, Redis, inbox and ports.

thrown_away() -> environment of its processes -> each reads one file through ``core.clock`` -> move_to(moment)

Sessions, tokens, schedules and retries follow the moved clock. A worker's lease does not: it counts real seconds.
"""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from mobilize.core.errors import MobilizeError
from mobilize.core.settings import PREFIX, Settings, load


@dataclass(frozen=True)
class Rehearsal:
    """One throw-away installation; ``environ`` is that of its processes, without any setting of another one."""

    environ: Mapping[str, str]
    offset_file: Path

    @property
    def settings(self) -> Settings:
        return load(self.environ)

    def now(self) -> datetime:
        """What its processes take for now."""
        return datetime.now(UTC) + timedelta(seconds=float(self.offset_file.read_text(encoding="ascii")))

    def move_to(self, moment: datetime) -> None:
        """Make it this moment (aware) for all of its processes at once.

        Raises:
            MobilizeError: the moment is past; a clock that goes back would find what it did already in its future.
        """
        if moment < self.now():
            raise MobilizeError("a rehearsal's clock only goes forward")
        _write(self.offset_file, (moment - datetime.now(UTC)).total_seconds())


@contextmanager
def thrown_away(at: datetime | None = None, database_url: str = "") -> Iterator[Rehearsal]:
    """A place for an installation of which nothing remains; whoever starts its processes ends them within the block.

    Its clock begins ``at`` (aware; the past too) or now. ``database_url`` is an empty PostgreSQL database that was made
    for it (``settings.REHEARSAL_DATABASE``) and whose maker removes it; without one it has SQLite in its folder.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    with tempfile.TemporaryDirectory(prefix="mobilize-rehearsal-") as folder:
        offset_file = Path(folder) / "clock.offset"
        _write(offset_file, 0.0 if at is None else (at - datetime.now(UTC)).total_seconds())
        own = {
            "DATA_DIR": folder,
            "REHEARSAL": str(offset_file),
            "BIND": f"127.0.0.1:{_free_port()}",
            "INBOX_SMTP_PORT": str(_free_port()),
            "BULK_WORKERS": "1",
            **({"DATABASE_URL": database_url} if database_url else {}),
        }
        yield Rehearsal({**kept, **{PREFIX + name: value for name, value in own.items()}}, offset_file)


def _write(place: Path, seconds: float) -> None:
    """Replace the file at once: nobody reads half a number."""
    new = place.with_suffix(".new")
    new.write_text(f"{seconds:.6f}", encoding="ascii")
    new.replace(place)


def _free_port() -> int:
    """A port that nobody listens on now; whoever starts the installation listens on it next."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port
