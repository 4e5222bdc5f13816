"""What the trail calls what was done with a person's data."""

from __future__ import annotations

from mobilize.core.i18n import lazy

AUDIT = {
    "person.erased": lazy("A person erased"),
    "person.exported": lazy("A person’s data exported"),
}
