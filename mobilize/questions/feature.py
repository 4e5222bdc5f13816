"""How typed questions join the house."""

from __future__ import annotations

from mobilize.core.feature import Feature, TickStep

FEATURE = Feature(
    name="questions",
    models="mobilize.questions.models",
    tick_steps=(
        TickStep("mobilize.questions.tick_steps:delete_ended_answers"),
        TickStep("mobilize.questions.tick_steps:seal_answers"),
        TickStep("mobilize.questions.tick_steps:remove_files"),
    ),
    personal_data="mobilize.questions.personal_data:PERSONAL",
    retention="mobilize.questions.personal_data:KEPT",
    audit_words="mobilize.questions.words:AUDIT",
)
