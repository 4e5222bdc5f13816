"""What the dev inbox adds to the application."""

from __future__ import annotations

from mobilize.core.feature import Feature

FEATURE = Feature(
    name="inbox",
    blueprints=("mobilize.inbox.public:blueprint",),
)
