"""How the campaigner's frame and home join the house."""

from __future__ import annotations

from mobilize.core.feature import Feature, Noun, Place
from mobilize.core.i18n import lazy

FEATURE = Feature(
    name="studio",
    blueprints=("mobilize.studio.views:blueprint", "mobilize.studio.pieces:blueprint"),
    places=(Place(Noun.HOME, lazy("Home"), "studio.home", ""),),
)
