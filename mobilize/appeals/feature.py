"""How defenders join."""

from __future__ import annotations

from mobilize.core.feature import Feature

FEATURE = Feature(
    name="appeals",
    models="mobilize.appeals.models",
    audit_words="mobilize.appeals.words:AUDIT",
)
