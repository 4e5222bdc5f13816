"""How a person across features joins the house."""

from __future__ import annotations

from mobilize.core.feature import Command, Feature, Noun, Place, TickStep
from mobilize.core.i18n import lazy

FEATURE = Feature(
    name="people",
    models="mobilize.people.models",
    blueprints=("mobilize.people.views:blueprint", "mobilize.people.public:blueprint"),
    permissions={"people.export": "owner", "people.erase": "owner"},
    tick_steps=(TickStep("mobilize.people.tick_steps:finish_erasures"),),
    places=(Place(Noun.PEOPLE, lazy("People"), "people.index", "people", order=10),),
    audit_words="mobilize.people.words:AUDIT",
    audit_subjects="mobilize.people.words:SUBJECTS",
    commands=(Command("person", "mobilize.cli.person:person", "One person: what is held about them; erasing them."),),
)
