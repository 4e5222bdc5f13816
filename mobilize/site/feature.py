"""What the public front door adds to the application."""

from __future__ import annotations

from mobilize.core.feature import Feature, Noun, Place
from mobilize.core.i18n import lazy

FEATURE = Feature(
    name="site",
    models="mobilize.site.models",
    blueprints=(
        "mobilize.site.archive_pages:blueprint",
        "mobilize.site.archive_views:blueprint",
        "mobilize.site.brand:blueprint",
        "mobilize.site.public:blueprint",
    ),
    places=(Place(Noun.MAILINGS, lazy("Archive"), "archive.index", "archive", order=80),),
    audit_words="mobilize.site.words:AUDIT",
)
