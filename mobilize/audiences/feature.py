"""What segments add to the application."""

from __future__ import annotations

from mobilize.core.feature import Feature, Noun, Place
from mobilize.core.i18n import lazy

FEATURE = Feature(
    name="audiences",
    models="mobilize.audiences.models",
    blueprints=("mobilize.audiences.views:blueprint",),
    permissions={"segments.read": "campaigner", "segments.change": "campaigner"},
    places=(Place(Noun.PEOPLE, lazy("Segments"), "segments.index", "people/segments", order=22),),
    demonstration="mobilize.demo.segments:prepare",
    audit_words="mobilize.audiences.words:AUDIT",
    audit_subjects="mobilize.audiences.segments:AUDIT_SUBJECTS",
)
