"""What pictures add to the application."""

from __future__ import annotations

from mobilize.core.feature import Command, Feature

FEATURE = Feature(
    name="media",
    models="mobilize.media.models",
    blueprints=("mobilize.media.public:blueprint", "mobilize.media.views:blueprint"),
    audit_words="mobilize.media.words:AUDIT",
    commands=(Command("media", "mobilize.cli.media:media", "Pictures for mailings."),),
)
