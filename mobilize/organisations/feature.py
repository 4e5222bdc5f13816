"""What organisations add to the application."""

from __future__ import annotations

from mobilize.core.feature import Command, Feature, SettingsPage
from mobilize.core.i18n import lazy

FEATURE = Feature(
    name="organisations",
    models="mobilize.organisations.models",
    blueprints=("mobilize.organisations.views:blueprint",),
    permissions={"organisation.read": "viewer", "organisation.change": "owner"},
    checks="mobilize.organisations.checks:checks",
    settings_pages=(SettingsPage(lazy("Organisation"), "organisations.settings", "settings", order=10),),
    audit_words="mobilize.organisations.words:AUDIT",
    commands=(
        Command("org", "mobilize.cli.organisation:organisation", "Organisations, who own everything else."),
        Command("sender", "mobilize.cli.sender:sender", "The addresses that organisations send from."),
    ),
)
