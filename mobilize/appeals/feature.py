"""What defenders and appeals add to the application."""

from __future__ import annotations

from mobilize.core.feature import Feature, Noun, Place, SettingsPage, Tab, TickStep
from mobilize.core.i18n import lazy

FEATURE = Feature(
    name="appeals",
    models="mobilize.appeals.appeal.models",
    blueprints=(
        "mobilize.appeals.appeal.public:blueprint",
        "mobilize.appeals.appeal.review_views:blueprint",
        "mobilize.appeals.appeal.views:blueprint",
        "mobilize.appeals.case_views:blueprint",
        "mobilize.appeals.public:blueprint",
        "mobilize.appeals.risk_views:blueprint",
        "mobilize.appeals.settings_views:blueprint",
        "mobilize.appeals.views:blueprint",
    ),
    permissions={
        "appeal.read": "viewer",
        "appeal.change": "campaigner",
        "appeal.approve": "campaigner",
        "defender.read": "campaigner",
        "defender.change": "campaigner",
        "defender.settings": "owner",
    },
    places=(
        Place(Noun.ACTIONS, lazy("Appeals"), "appeals.index", "appeals", order=10),
        Place(Noun.ACTIONS, lazy("Defenders"), "defenders.index", "defenders", order=30),
    ),
    tabs=(
        Tab("appeal", lazy("What it says"), "appeals.edit", order=10),
        Tab("appeal", lazy("Approval"), "appeal_review.show", order=40),
        Tab("appeal", lazy("Further information"), "appeals.further", order=50),
        Tab("appeal", lazy("Outcome"), "appeals.ending", order=60),
    ),
    conditions=("mobilize.appeals.appeal.conditions:ABOUT_APPEAL",),
    settings_pages=(SettingsPage(lazy("Defenders"), "defender_settings.index", "settings/defenders", order=35),),
    tick_steps=(TickStep("mobilize.appeals.tick_steps:follow_gates"),),
    checks="mobilize.appeals.joined:checks",
    entries="mobilize.appeals.joined:entries",
    search="mobilize.appeals.joined:search",
    belongings={
        "appeal": "mobilize.appeals.appeal.entries:belongings",
        "defender": "mobilize.appeals.entries:belongings",
    },
    block_kinds=("mobilize.appeals.appeal.block:KIND", "mobilize.appeals.block:KIND"),
    live_sources={
        "appeal": "mobilize.appeals.appeal.queries:versions_held",
        "defender": "mobilize.appeals.queries:versions_held",
    },
    gates={"defender": "mobilize.appeals.queries:closed_held"},
    anchors=("mobilize.appeals.appeal.anchor:ANCHOR",),
    audit_words="mobilize.appeals.appeal.words:AUDIT",
    audit_subjects="mobilize.appeals.joined:AUDIT_SUBJECTS",
    retention="mobilize.appeals.retention:KEPT",
    demonstration="mobilize.demo.appeals:prepare",
)
