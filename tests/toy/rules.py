"""Decisions about fairs."""

from __future__ import annotations

from datetime import datetime, timedelta

LASTS = timedelta(days=1)


def began_before(now: datetime) -> datetime:
    """Fairs that began by then are over: they last for a day."""
    return now - LASTS
