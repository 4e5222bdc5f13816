"""What health and numbers add to the application."""

from __future__ import annotations

from mobilize.core.feature import Feature

FEATURE = Feature(
    name="server",
    blueprints=("mobilize.server.health:blueprint",),
)
