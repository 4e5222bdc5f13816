"""What typed questions add to the application."""

from __future__ import annotations

from mobilize.core.feature import Feature, Noun, Place, TickStep
from mobilize.core.i18n import lazy

FEATURE = Feature(
    name="questions",
    models="mobilize.questions.models",
    blueprints=("mobilize.questions.views:blueprint",),
    permissions={"fields.read": "campaigner", "fields.change": "campaigner"},
    places=(Place(Noun.PEOPLE, lazy("Fields"), "fields.index", "people/fields", order=25),),
    tick_steps=(
        TickStep("mobilize.questions.tick_steps:delete_ended_answers"),
        TickStep("mobilize.questions.tick_steps:seal_answers"),
        TickStep("mobilize.questions.tick_steps:remove_files"),
    ),
    personal_data="mobilize.questions.personal_data:PERSONAL",
    retention="mobilize.questions.personal_data:KEPT",
    merge_values="mobilize.questions.merging:answer_words",
    demonstration="mobilize.demo.fields:prepare",
    conditions=(
        "mobilize.questions.conditions:ANSWERED",
        "mobilize.questions.conditions:CHOICE",
        "mobilize.questions.conditions:YES_NO",
        "mobilize.questions.conditions:NUMBER",
        "mobilize.questions.conditions:DAY",
        "mobilize.questions.conditions:COUNTRY",
    ),
    audit_words="mobilize.questions.words:AUDIT",
    audit_subjects="mobilize.questions.words:SUBJECTS",
)
