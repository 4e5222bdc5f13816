"""What the engine adds to the application."""

from __future__ import annotations

from mobilize.core.feature import Command, Feature, Noun, Place, SettingsPage, Stage, TickStep
from mobilize.core.i18n import lazy

FEATURE = Feature(
    name="delivery",
    models="mobilize.delivery.models",
    blueprints=(
        "mobilize.delivery.outgoing.views:blueprint",
        "mobilize.delivery.suppression.views:blueprint",
        "mobilize.delivery.public:blueprint",
    ),
    permissions={"delivery.read": "viewer", "delivery.change": "campaigner"},
    token_purposes=(
        "mobilize.delivery.purposes:UNSUBSCRIBE",
        "mobilize.core.links:LEAVE_BY_MAIL",
        "mobilize.delivery.purposes:FOOTER",
        "mobilize.delivery.purposes:LINK",
        "mobilize.delivery.purposes:RETURN_PATH",
    ),
    tick_steps=(
        TickStep("mobilize.delivery.tick_steps:reap", Stage.REPAIR),
        TickStep("mobilize.delivery.tick_steps:count_clicks"),
        TickStep("mobilize.delivery.tick_steps:end_ledger"),
        TickStep("mobilize.delivery.tick_steps:finish", Stage.FINISH),
        TickStep("mobilize.delivery.tick_steps:wake_streams", Stage.FINISH),
    ),
    places=(Place(Noun.PEOPLE, lazy("Do not mail"), "suppressions.index", "people/suppressions", order=40),),
    settings_pages=(SettingsPage(lazy("Email sending"), "outgoing.index", "settings/sending", order=20),),
    audit_words="mobilize.delivery.words:AUDIT",
    reason_words="mobilize.delivery.words:REASONS",
    personal_data="mobilize.delivery.personal_data:PERSONAL",
    retention="mobilize.delivery.retention:KEPT",
    metrics="mobilize.delivery.metrics:mail_metrics",
    commands=(
        Command(
            "bounces",
            "mobilize.cli.bounces:bounces",
            "Take in bounces, complaints and unsubscribe mails.",
        ),
        Command(
            "suppressions",
            "mobilize.cli.suppressions:suppressions",
            "Addresses that are not mailed.",
        ),
    ),
)
