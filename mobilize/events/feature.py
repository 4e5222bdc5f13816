"""How events join the house."""

from __future__ import annotations

from mobilize.core.feature import Feature, Noun, Place
from mobilize.core.i18n import lazy

FEATURE = Feature(
    name="events",
    models="mobilize.events.models",
    blueprints=(
        "mobilize.events.agenda_views:blueprint",
        "mobilize.events.public:blueprint",
        "mobilize.events.status_views:blueprint",
        "mobilize.events.views:blueprint",
    ),
    permissions={"event.read": "viewer", "event.change": "campaigner"},
    places=(
        Place(Noun.CALENDAR, lazy("Events"), "events.index", "calendar", order=10),
        Place(Noun.CALENDAR, lazy("Month"), "events.month", "calendar/month", order=20),
    ),
    entries="mobilize.events.entries:entries",
    audit_words="mobilize.events.words:AUDIT",
    audit_subjects="mobilize.events.queries:AUDIT_SUBJECTS",
    demonstration="mobilize.demo.events:prepare",
)
