"""What the trail calls what was done with a person's data."""

from __future__ import annotations

from mobilize.core.i18n import lazy

AUDIT = {
    "person.exported": lazy("A person’s data exported"),
}
