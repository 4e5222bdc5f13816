"""Wanting mail again: for a few minutes after it was stopped, to whoever has the link that stopped it.

A link in a mail never expires and may have been forwarded (invariant 12): later on it brings back no mail that its
owner stopped.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from mobilize.core import clock

UNDO_WITHIN = timedelta(minutes=15)


def may_undo(stopped_at: datetime | None) -> bool:
    """Whether what was stopped then can still be undone by the same link."""
    return stopped_at is not None and clock.now() - stopped_at <= UNDO_WITHIN
