"""What the pages about one whole person add to the application."""

from __future__ import annotations

from mobilize.core.feature import Command, Feature, Noun, Place, SettingsPage, TickStep
from mobilize.core.i18n import lazy

FEATURE = Feature(
    name="people",
    models="mobilize.people.models",
    blueprints=("mobilize.people.views:blueprint", "mobilize.people.views:kept", "mobilize.people.public:blueprint"),
    permissions={"people.export": "owner", "people.erase": "owner", "kept.read": "campaigner"},
    tick_steps=(
        TickStep("mobilize.people.tick_steps:finish_erasures"),
        TickStep("mobilize.people.tick_steps:remove_files"),
    ),
    places=(Place(Noun.PEOPLE, lazy("People"), "people.index", "people", order=10),),
    settings_pages=(SettingsPage(lazy("What is kept"), "kept.what_is_kept", "settings/kept", order=45),),
    retention="mobilize.people.retention:KEPT",
    audit_words="mobilize.people.words:AUDIT",
    audit_subjects="mobilize.people.words:SUBJECTS",
    commands=(Command("person", "mobilize.cli.person:person", "One person: what is held about them; erasing them."),),
)
