"""When an event is, in words relative to the moment at which each copy is made, above its date."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mobilize.core.errors import Refused
from mobilize.core.feature import BlockKind, Freezing, Frozen
from mobilize.core.i18n import _, lazy, using
from mobilize.core.json_fields import Fields
from mobilize.events import showing
from mobilize.events.blocks.choosing import (
    EventChoice,
    event_shown,
    live_of,
    moment_of,
    no_urls,
    offer_events,
    read_event,
)
from mobilize.events.rules import OFF


@dataclass(frozen=True, slots=True)
class InWords:
    """``event`` is a uid."""

    kind: ClassVar[str] = "when"
    event: str


def read(fields: Fields) -> InWords:
    return InWords(read_event(fields))


def freeze(block: InWords, around: Freezing) -> Frozen:
    """Raises Refused: there is no such event for readers, it does not take place, or its date is not known."""
    with using(around.language):
        row = event_shown(block.event, around)
        if row.status in OFF:
            raise Refused("event", _("This event does not take place on its date: say so in your own words"))
        moment = moment_of(row)
        if not moment:
            raise Refused("event", _("The date of this event is not known yet"))
        return Frozen({**moment, "when": showing.show_when(row.when)}, live_of(row))


KIND = BlockKind(
    "when",
    lazy("When, in words"),
    "clock",
    read,
    EventChoice,
    freeze,
    no_urls,
    offer=offer_events,
    merge_fields=("when",),
)
