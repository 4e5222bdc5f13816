"""What mailings add to the application."""

from __future__ import annotations

from mobilize.core.feature import Command, Feature, Noun, Place, Tab, TickStep
from mobilize.core.i18n import lazy

FEATURE = Feature(
    name="mailings",
    models="mobilize.mailings.models",
    blueprints=(
        "mobilize.mailings.views:blueprint",
        "mobilize.mailings.sending_views:blueprint",
        "mobilize.mailings.unclear_views:blueprint",
        "mobilize.mailings.writing_views:blueprint",
        "mobilize.mailings.draft_views:blueprint",
        "mobilize.mailings.trial_views:blueprint",
        "mobilize.mailings.appeal_mail_views:blueprint",
    ),
    permissions={"mailing.read": "viewer", "mailing.change": "campaigner", "mailing.send": "campaigner"},
    tick_steps=(TickStep("mobilize.mailings.tick_steps:launch_mailings"),),
    places=(Place(Noun.MAILINGS, lazy("Mailings"), "mailings.index", "mailings"),),
    tabs=(Tab("appeal", lazy("Sent about it"), "appeal_mail.show", order=70),),
    block_kinds=(
        "mobilize.mailings.kinds.heading:KIND",
        "mobilize.mailings.kinds.text:KIND",
        "mobilize.mailings.kinds.image:KIND",
        "mobilize.mailings.kinds.button:KIND",
        "mobilize.mailings.kinds.quote:KIND",
        "mobilize.mailings.kinds.links:KIND",
        "mobilize.mailings.kinds.divider:KIND",
    ),
    effects="mobilize.mailings.effects:effects",
    search="mobilize.mailings.entries:search",
    entries="mobilize.mailings.entries:entries",
    belongings={"mailing": "mobilize.mailings.in_campaigns:belongings"},
    demonstration="mobilize.demo.newsletters:prepare",
    conditions=("mobilize.mailings.conditions:RECEIVED",),
    segment_uses="mobilize.mailings.queries:segment_uses",
    audit_words="mobilize.mailings.words:AUDIT",
    audit_subjects="mobilize.mailings.queries:AUDIT_SUBJECTS",
    reason_words="mobilize.mailings.words:REASONS",
    commands=(Command("mailing", "mobilize.cli.mailing:mailing", "Mailings: make them, send them, watch them."),),
)
