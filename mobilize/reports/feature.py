"""What reports add to the application."""

from __future__ import annotations

from mobilize.core.feature import Feature, Noun, Place, TickStep
from mobilize.core.i18n import lazy

FEATURE = Feature(
    name="reports",
    blueprints=("mobilize.reports.views:blueprint",),
    tick_steps=(TickStep("mobilize.reports.tick_steps:store_reports"),),
    personal_data="mobilize.reports.personal_data:PERSONAL",
    places=(Place(Noun.INSIGHTS, lazy("Insights"), "reports.index", "insights"),),
)
