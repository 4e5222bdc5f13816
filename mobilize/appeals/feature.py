"""How defenders join."""

from __future__ import annotations

from mobilize.core.feature import Feature

FEATURE = Feature(
    name="appeals",
    models="mobilize.appeals.models",
)
