"""How reports join the house."""

from __future__ import annotations

from mobilize.core.feature import Feature, Noun, Place
from mobilize.core.i18n import lazy

FEATURE = Feature(
    name="reports",
    blueprints=("mobilize.reports.views:blueprint",),
    places=(Place(Noun.INSIGHTS, lazy("Insights"), "reports.index", "insights"),),
)
