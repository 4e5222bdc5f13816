"""What calls to action add to the application."""

from __future__ import annotations

from mobilize.core.feature import Feature, Noun, Place, Tab, TickStep
from mobilize.core.i18n import lazy

FEATURE = Feature(
    name="actions",
    models="mobilize.actions.models",
    blueprints=(
        "mobilize.actions.appeal_views:blueprint",
        "mobilize.actions.links:blueprint",
        "mobilize.actions.public:blueprint",
        "mobilize.actions.views:blueprint",
    ),
    permissions={"action.read": "viewer", "action.change": "campaigner", "acts.read": "campaigner"},
    roles={"actor": ("action.act",), "signer": ("act.own",)},
    token_purposes=(
        "mobilize.actions.purposes:ACT",
        "mobilize.actions.purposes:CONFIRM",
        "mobilize.actions.purposes:OWN",
    ),
    tick_steps=(TickStep("mobilize.actions.tick_steps:forget_people"),),
    places=(Place(Noun.ACTIONS, lazy("Petitions"), "actions.index", "actions", order=20),),
    tabs=(
        Tab("action", lazy("What it is"), "actions.edit", order=10),
        Tab("action", lazy("Signatures"), "actions.acts", order=20),
        Tab("appeal", lazy("Petitions"), "appeal_actions.index", order=20),
    ),
    anchors=("mobilize.actions.anchors:ANCHOR",),
    anchor_groups={"appeal": "mobilize.actions.anchors:ABOUT_APPEALS"},
    block_kinds=("mobilize.actions.block:KIND",),
    conditions=("mobilize.actions.conditions:ACTED",),
    confirmations={"act": "mobilize.actions.queries:CONFIRMATION"},
    basis_links={"act": "mobilize.actions.purposes:OWN"},
    live_sources={"action": "mobilize.actions.queries:versions_held"},
    effects="mobilize.actions.outcomes:effects",
    carries_out="mobilize.actions.outcomes:carry_out",
    additions={"appeal": "mobilize.actions.entries:additions"},
    reason_words="mobilize.actions.words:REASONS",
    entries="mobilize.actions.entries:entries",
    search="mobilize.actions.entries:search",
    belongings={"action": "mobilize.actions.entries:belongings"},
    personal_data="mobilize.actions.personal_data:PERSONAL",
    retention="mobilize.actions.personal_data:KEPT",
    audit_words="mobilize.actions.words:AUDIT",
    audit_subjects="mobilize.actions.queries:AUDIT_SUBJECTS",
)
