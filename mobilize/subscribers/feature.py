"""What subscribers and their lists add to the application."""

from __future__ import annotations

from mobilize.core.feature import Command, Feature, Noun, Place
from mobilize.core.i18n import lazy

FEATURE = Feature(
    name="subscribers",
    models="mobilize.subscribers.models",
    blueprints=(
        "mobilize.subscribers.list_views:blueprint",
        "mobilize.subscribers.preferences:blueprint",
        "mobilize.subscribers.unsubscribe:blueprint",
        "mobilize.subscribers.just_left:blueprint",
    ),
    permissions={"people.read": "campaigner", "people.change": "campaigner", "lists.change": "campaigner"},
    roles={"reader": ("subscription.leave",)},
    token_purposes=("mobilize.subscribers.purposes:PREFERENCES", "mobilize.subscribers.purposes:UNDO"),
    places=(Place(Noun.PEOPLE, lazy("Lists"), "lists.index", "people/lists", order=20),),
    demonstration="mobilize.demo.people:prepare",
    conditions=(
        "mobilize.subscribers.conditions:ON_LIST",
        "mobilize.subscribers.conditions:SPEAKS",
        "mobilize.subscribers.conditions:JOINED",
        "mobilize.subscribers.conditions:AGREED",
    ),
    audit_words="mobilize.subscribers.words:AUDIT",
    audit_subjects="mobilize.subscribers.words:SUBJECTS",
    personal_data="mobilize.subscribers.personal_data:PERSONAL",
    retention="mobilize.subscribers.personal_data:KEPT",
    commands=(
        Command("list", "mobilize.cli.people:lists", "Lists that people subscribe to."),
        Command(
            "import",
            "mobilize.cli.people:import_people",
            "Bring people in from a CSV or XLSX file.",
        ),
    ),
)
