"""What the token of a calendar link is for. The label is part of what is signed: it never changes."""

from __future__ import annotations

from mobilize.core.tokens import Purpose

FEED = Purpose("outgoing-calendar", path="/outgoing/")
"""Names a ``CalendarLink``, whose row says whether it still works."""
