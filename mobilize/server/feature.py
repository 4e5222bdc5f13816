"""How health and numbers join the house."""

from __future__ import annotations

from mobilize.core.feature import Feature

FEATURE = Feature(
    name="server",
    blueprints=("mobilize.server.health:blueprint",),
)
