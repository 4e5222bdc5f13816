"""What time alone makes due for fairs."""

from __future__ import annotations

from datetime import datetime

from mobilize.core import db
from mobilize.core.settings import Settings
from tests.toy import service


def end_fairs(now: datetime, _settings: Settings) -> None:
    with db.writing():
        service.end_fairs(now)


def forget_visitors(now: datetime, _settings: Settings) -> None:
    """A year after a fair nobody needs to know who came."""
    db.in_steps(lambda: service.forget_visitors(now))
