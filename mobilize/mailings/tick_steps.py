"""What time alone makes due for mailings, as a step of a pass of the clock."""

from __future__ import annotations

from datetime import datetime

from mobilize.core import db
from mobilize.core.settings import Settings
from mobilize.mailings import launch
from mobilize.mailings.demonstration import stop_demonstration


def launch_mailings(now: datetime, settings: Settings) -> None:
    """Launch what is due; the demonstration's own are stopped as soon as mail can leave this machine."""
    if not settings.inbox_enabled:
        with db.writing():
            stop_demonstration()
    launch.launch_due(now, demonstration=settings.inbox_enabled)
