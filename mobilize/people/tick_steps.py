"""What time alone makes due about people, as steps of a pass of the clock."""

from __future__ import annotations

from datetime import datetime

from mobilize.core import passing_files
from mobilize.core.settings import Settings
from mobilize.people import erasing


def finish_erasures(_now: datetime, settings: Settings) -> None:
    """Let every feature let go of who was erased."""
    erasing.finish_erasures(settings)


def remove_files(now: datetime, settings: Settings) -> None:
    """Delete refused lines and exports that nobody fetched in time."""
    passing_files.remove_old(settings.files_dir, now)
