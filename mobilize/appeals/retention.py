"""What is kept about defenders, and until when. None of it names a recipient."""

from __future__ import annotations

from mobilize.core.feature import Kept
from mobilize.core.i18n import lazy

KEPT = (
    Kept(
        lazy("Defenders: names, timeline with copies of sources, reviews, risk notes, consent to pictures"),
        lazy("until a colleague deletes the defender"),
    ),
)
