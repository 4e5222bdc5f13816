"""What time alone makes due about people, as steps of a pass of the clock."""

from __future__ import annotations

from datetime import datetime

from mobilize.core.settings import Settings
from mobilize.people import erasing


def finish_erasures(_now: datetime, settings: Settings) -> None:
    """Let every feature let go of who was erased."""
    erasing.finish_erasures(settings)
