"""What events add to the application."""

from __future__ import annotations

from mobilize.core.feature import Feature, Noun, Place, Tab, TickStep
from mobilize.core.i18n import lazy

FEATURE = Feature(
    name="events",
    models="mobilize.events.registrations.models",
    blueprints=(
        "mobilize.events.agenda_views:blueprint",
        "mobilize.events.door.public:blueprint",
        "mobilize.events.door.views:blueprint",
        "mobilize.events.public:blueprint",
        "mobilize.events.registrations.group_views:blueprint",
        "mobilize.events.registrations.links:blueprint",
        "mobilize.events.registrations.message_views:blueprint",
        "mobilize.events.registrations.one_views:blueprint",
        "mobilize.events.registrations.own_page:blueprint",
        "mobilize.events.registrations.public:blueprint",
        "mobilize.events.registrations.question_views:blueprint",
        "mobilize.events.registrations.staff_views:blueprint",
        "mobilize.events.registrations.views:blueprint",
        "mobilize.events.registrations.waiting_views:blueprint",
        "mobilize.events.steward_views:blueprint",
        "mobilize.events.undelivered_views:blueprint",
        "mobilize.events.views:blueprint",
    ),
    permissions={
        "event.read": "viewer",
        "event.change": "campaigner",
        "registrations.door": "campaigner",
        "registrations.list": "campaigner",
        "registrations.message": "campaigner",
        "registrations.read": "campaigner",
        "registrations.change": "campaigner",
        "registrations.export": "campaigner",
        "steward.read": "steward",
        "stewards.change": "owner",
    },
    grants="mobilize.events.stewards:grants",
    roles={
        "door": ("door.scan",),
        "registering": ("registration.confirm",),
        "registrant": ("registration.own",),
    },
    token_purposes=(
        "mobilize.events.door.purposes:DOOR",
        "mobilize.events.registrations.purposes:CHANGE",
        "mobilize.events.registrations.purposes:CONFIRM",
        "mobilize.events.registrations.purposes:OWN",
    ),
    checks="mobilize.events.checks:checks",
    confirmations={"registration": "mobilize.events.queries:CONFIRMATION"},
    search="mobilize.events.entries:search",
    tick_steps=(
        TickStep("mobilize.events.registrations.tick_steps:end_holds"),
        TickStep("mobilize.events.registrations.tick_steps:forget_registrants"),
    ),
    personal_data="mobilize.events.personal_data:PERSONAL",
    retention="mobilize.events.personal_data:KEPT",
    reason_words="mobilize.events.words:REASONS",
    block_kinds=(
        "mobilize.events.blocks.event:KIND",
        "mobilize.events.blocks.agenda:KIND",
        "mobilize.events.blocks.registration:KIND",
        "mobilize.events.blocks.stream:KIND",
        "mobilize.events.blocks.when:KIND",
    ),
    live_sources={"event": "mobilize.events.queries:versions_held"},
    places=(
        Place(Noun.CALENDAR, lazy("Events"), "events.index", "calendar", order=10),
        Place(Noun.CALENDAR, lazy("Month"), "events.month", "calendar/month", order=20),
    ),
    anchors=("mobilize.events.anchors:ANCHOR",),
    effects="mobilize.events.effects:effects",
    basis_links={"registration": "mobilize.events.registrations.purposes:OWN"},
    tabs=(
        Tab("event", lazy("What it is"), "events.edit", order=10),
        Tab("event", lazy("Programme"), "agenda.index", order=20),
        Tab("event", lazy("Registrations"), "registrations.index", order=30),
    ),
    entries="mobilize.events.entries:entries",
    conditions=(
        "mobilize.events.registrations.conditions:REGISTERED",
        "mobilize.events.registrations.conditions:CAME",
    ),
    audit_words="mobilize.events.words:AUDIT",
    audit_subjects="mobilize.events.registrations.listing:AUDIT_SUBJECTS",
    belongings={"event": "mobilize.events.in_campaigns:belongings"},
    editions={"event": "mobilize.events.in_campaigns:copies"},
    demonstration="mobilize.demo.events:prepare",
)
