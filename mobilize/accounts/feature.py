"""What accounts of colleagues add to the application."""

from __future__ import annotations

from mobilize.core.feature import Command, Feature, SettingsPage, TickStep
from mobilize.core.i18n import lazy

FEATURE = Feature(
    name="accounts",
    models="mobilize.accounts.models",
    blueprints=(
        "mobilize.accounts.views:blueprint",
        "mobilize.accounts.session_views:blueprint",
        "mobilize.accounts.colleague_views:blueprint",
        "mobilize.accounts.trail:blueprint",
    ),
    permissions={"members.change": "owner", "audit.read": "owner"},
    identities=("mobilize.accounts.identify:identify",),
    token_purposes=("mobilize.accounts.purposes:INVITATION", "mobilize.accounts.purposes:RESET"),
    tick_steps=(
        TickStep("mobilize.accounts.tick_steps:keep_sessions"),
        TickStep("mobilize.accounts.tick_steps:send_requested_mails"),
    ),
    settings_pages=(
        SettingsPage(lazy("Colleagues"), "colleagues.index", "settings/people", order=30),
        SettingsPage(lazy("Activity log"), "trail.index", "settings/trail", order=40),
    ),
    audit_words="mobilize.accounts.words:AUDIT",
    metrics="mobilize.accounts.metrics:security_metrics",
    reason_words="mobilize.accounts.words:REASONS",
    audit_subjects="mobilize.accounts.subjects:SUBJECTS",
    personal_data="mobilize.accounts.personal_data:PERSONAL",
    retention="mobilize.accounts.personal_data:KEPT",
    commands=(Command("user", "mobilize.cli.user:user", "Accounts of the people who work here."),),
)
