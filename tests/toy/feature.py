"""How fairs join the house."""

from __future__ import annotations

from mobilize.core.feature import Command, Feature, Noun, Place, SettingsPage, TickStep
from mobilize.core.i18n import lazy

FEATURE = Feature(
    name="fairs",
    package="tests.toy",
    models="tests.toy.models",
    blueprints=("tests.toy.views:blueprint", "tests.toy.public:blueprint"),
    permissions={"fair.read": "viewer", "fair.change": "campaigner"},
    roles={"fair-guest": ("fair.confirm",)},
    token_purposes=("tests.toy.purposes:CONFIRM",),
    tick_steps=(TickStep("tests.toy.tick_steps:end_fairs"), TickStep("tests.toy.tick_steps:forget_visitors")),
    places=(Place(Noun.CALENDAR, lazy("Fairs"), "fairs.index", "fairs"),),
    settings_pages=(SettingsPage(lazy("Fairs"), "fairs.settings", "settings/fairs"),),
    checks="tests.toy.checks:checks",
    confirmations={"fair": "tests.toy.words:CONFIRMATION"},
    search="tests.toy.entries:search",
    entries="tests.toy.entries:entries",
    belongings={"fair": "tests.toy.entries:belongings"},
    editions={"fair": "tests.toy.service:copy_fairs"},
    audit_words="tests.toy.words:AUDIT",
    audit_subjects="tests.toy.queries:AUDIT_SUBJECTS",
    reason_words="tests.toy.words:REASONS",
    block_kinds=("tests.toy.block:KIND",),
    conditions=("tests.toy.condition:VISITS",),
    effects="tests.toy.following:effects",
    carries_out="tests.toy.following:carry_out",
    additions={"event": "tests.toy.following:additions"},
    live_sources={"fair": "tests.toy.queries:versions_held"},
    gates={"fair": "tests.toy.queries:closed_held"},
    demonstration="tests.toy.demonstration:prepare",
    personal_data="tests.toy.personal_data:PERSONAL",
    retention="tests.toy.personal_data:KEPT",
    metrics="tests.toy.metrics:fair_metrics",
    commands=(Command("fair", "tests.toy.commands:fair", "Fairs."),),
)
