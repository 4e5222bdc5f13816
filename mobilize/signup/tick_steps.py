"""What time alone makes due for sign-ups, as a step of a pass of the clock."""

from __future__ import annotations

from datetime import datetime

from mobilize.core import db
from mobilize.core.settings import Settings
from mobilize.signup import service


def forget_sign_ups(now: datetime, _settings: Settings) -> None:
    """Forget sign-up requests that nobody confirmed in time, and the puzzles that were solved for them."""
    with db.writing():
        service.forget_expired(now)
