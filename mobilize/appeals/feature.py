"""How defenders and appeals join."""

from __future__ import annotations

from mobilize.core.feature import Feature, Noun, Place, Tab
from mobilize.core.i18n import lazy

FEATURE = Feature(
    name="appeals",
    models="mobilize.appeals.appeal.models",
    blueprints=(
        "mobilize.appeals.appeal.public:blueprint",
        "mobilize.appeals.appeal.review_views:blueprint",
        "mobilize.appeals.appeal.views:blueprint",
    ),
    permissions={"appeal.read": "viewer", "appeal.change": "campaigner", "appeal.approve": "campaigner"},
    places=(Place(Noun.ACTIONS, lazy("Appeals"), "appeals.index", "appeals", order=10),),
    tabs=(
        Tab("appeal", lazy("What it says"), "appeals.edit", order=10),
        Tab("appeal", lazy("Approval"), "appeal_review.show", order=40),
        Tab("appeal", lazy("Further information"), "appeals.further", order=50),
        Tab("appeal", lazy("Outcome"), "appeals.ending", order=60),
    ),
    checks="mobilize.appeals.appeal.checks:checks",
    entries="mobilize.appeals.appeal.entries:entries",
    search="mobilize.appeals.appeal.entries:search",
    belongings={"appeal": "mobilize.appeals.appeal.entries:belongings"},
    block_kinds=("mobilize.appeals.appeal.block:KIND",),
    live_sources={
        "appeal": "mobilize.appeals.appeal.queries:versions_held",
        "defender": "mobilize.appeals.appeal.queries:defenders_held",
    },
    anchors=("mobilize.appeals.appeal.anchor:ANCHOR",),
    audit_words="mobilize.appeals.appeal.words:AUDIT",
    audit_subjects="mobilize.appeals.appeal.queries:AUDIT_SUBJECTS",
)
