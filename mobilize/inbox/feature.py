"""How the dev inbox joins the house."""

from __future__ import annotations

from mobilize.core.feature import Feature

FEATURE = Feature(
    name="inbox",
    blueprints=("mobilize.inbox.public:blueprint",),
)
