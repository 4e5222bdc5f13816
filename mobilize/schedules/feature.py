"""What schedules add to the application."""

from __future__ import annotations

from mobilize.core.feature import Feature, Noun, Place, Tab, TickStep
from mobilize.core.i18n import lazy

FEATURE = Feature(
    name="schedules",
    models="mobilize.schedules.models",
    blueprints=(
        "mobilize.schedules.rule_views:blueprint",
        "mobilize.schedules.event_rule_views:blueprint",
        "mobilize.schedules.appeal_rule_views:blueprint",
        "mobilize.schedules.appeal_change_views:blueprint",
        "mobilize.schedules.change_views:blueprint",
        "mobilize.schedules.calendar_views:blueprint",
        "mobilize.schedules.public:blueprint",
    ),
    permissions={"rule.read": "viewer", "rule.change": "campaigner", "rule.feed": "campaigner"},
    token_purposes=("mobilize.schedules.purposes:FEED",),
    tick_steps=(
        TickStep("mobilize.schedules.tick_steps:fire_rules"),
        TickStep("mobilize.schedules.tick_steps:send_new_content"),
    ),
    places=(Place(Noun.CALENDAR, lazy("What goes out"), "outgoing_calendar.index", "rules", order=30),),
    tabs=(
        Tab("event", lazy("Email"), "event_rules.show", order=40),
        Tab("appeal", lazy("Email"), "appeal_rules.show", order=40),
    ),
    conditions=("mobilize.schedules.conditions:SENT_BY_RULE",),
    effects="mobilize.schedules.effects:effects",
    entries="mobilize.schedules.entries:entries",
    audit_words="mobilize.schedules.words:AUDIT",
    audit_subjects="mobilize.schedules.queries:AUDIT_SUBJECTS",
    reason_words="mobilize.schedules.words:REASONS",
)
