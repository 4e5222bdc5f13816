"""What of this feature, and of the application as a whole, is kept until when."""

from __future__ import annotations

from mobilize.core.feature import Kept
from mobilize.core.i18n import lazy

KEPT = (
    Kept(
        lazy("Files with the refused lines of an import, and exports of a person on the server"),
        lazy("seven days; those about somebody who is erased go at once"),
        "mobilize.people.tick_steps:remove_files",
    ),
    Kept(lazy("That somebody was erased, as a code that shows no address"), lazy("for good")),
    Kept(lazy("The activity log: who changed what; people only by a random name"), lazy("for good")),
)
