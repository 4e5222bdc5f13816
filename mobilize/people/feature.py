"""How a person across features joins the house."""

from __future__ import annotations

from mobilize.core.feature import Command, Feature, Noun, Place
from mobilize.core.i18n import lazy

FEATURE = Feature(
    name="people",
    blueprints=("mobilize.people.views:blueprint",),
    permissions={"people.export": "owner"},
    places=(Place(Noun.PEOPLE, lazy("People"), "people.index", "people", order=10),),
    audit_words="mobilize.people.words:AUDIT",
    commands=(Command("person", "mobilize.cli.person:person", "One person: what is held about them."),),
)
