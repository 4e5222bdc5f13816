"""What the public front door adds to the application."""

from __future__ import annotations

from mobilize.core.feature import Feature

FEATURE = Feature(
    name="site",
    blueprints=("mobilize.site.brand:blueprint", "mobilize.site.public:blueprint"),
)
