"""What the trail calls changes of segments, and how conditions are joined in the builder."""

from __future__ import annotations

from mobilize.core.i18n import lazy

AUDIT = {
    "segment.created": lazy("Segment made"),
    "segment.changed": lazy("Segment changed"),
    "segment.deleted": lazy("Segment deleted"),
}
JOINS = {
    "all": lazy("All of these hold"),
    "any": lazy("At least one of these holds"),
    "none": lazy("None of these holds"),
}
