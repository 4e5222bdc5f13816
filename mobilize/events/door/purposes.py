"""What the token of a door link is for. The label is part of what is signed: it never changes."""

from __future__ import annotations

from mobilize.core.tokens import Purpose

DOOR = Purpose("event-door", path="/door/", role="door")
"""Names a ``DoorLink``, whose row says whether it still works."""
