"""What the campaigner's pages have in common, and the home page."""

from __future__ import annotations

from mobilize.core.feature import Feature, Noun, Place
from mobilize.core.i18n import lazy

FEATURE = Feature(
    name="studio",
    blueprints=("mobilize.studio.views:blueprint", "mobilize.studio.pieces:blueprint"),
    places=(Place(Noun.HOME, lazy("Home"), "studio.home", ""),),
)
