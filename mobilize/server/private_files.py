"""What of an installation other users of the machine could read; a closed folder closes all below it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.engine import make_url

from mobilize.core.settings import Settings

_OTHERS = 0o077


def open_to_others(settings: Settings) -> list[Path]:
    """Folders and files that anybody but their owner may enter or read."""
    found = [path for path in _holding_data(settings) if path.exists() and path.stat().st_mode & _OTHERS]
    is_closed = settings.data_dir not in found
    return [path for path in found if not (is_closed and path.is_relative_to(settings.data_dir))]


def _holding_data(settings: Settings) -> Iterator[Path]:
    yield settings.data_dir
    yield settings.keys_dir
    yield from settings.keys_dir.glob("*.key*")
    yield from (settings.media_dir, settings.answers_dir, settings.inbox_dir)
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and url.database:
        yield from (Path(url.database + ending) for ending in ("", "-wal", "-shm"))
