"""What public forms have in common, as a feature of the application."""

from __future__ import annotations

from mobilize.core.feature import Feature

FEATURE = Feature(
    name="visitors",
    models="mobilize.visitors.models",
    personal_data="mobilize.visitors.personal_data:PERSONAL",
    retention="mobilize.visitors.personal_data:KEPT",
)
