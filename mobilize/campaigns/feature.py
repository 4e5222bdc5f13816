"""What campaigns add to the application."""

from __future__ import annotations

from mobilize.core.feature import Feature, Noun, Place
from mobilize.core.i18n import lazy

FEATURE = Feature(
    name="campaigns",
    models="mobilize.campaigns.models",
    blueprints=(
        "mobilize.campaigns.document_views:blueprint",
        "mobilize.campaigns.public:blueprint",
        "mobilize.campaigns.views:blueprint",
    ),
    permissions={"campaign.read": "viewer", "campaign.change": "campaigner"},
    places=(Place(Noun.CALENDAR, lazy("Campaigns"), "campaigns.index", "campaigns", order=30),),
    audit_words="mobilize.campaigns.words:AUDIT",
    audit_subjects="mobilize.campaigns.queries:AUDIT_SUBJECTS",
    demonstration="mobilize.demo.campaigns:prepare",
)
