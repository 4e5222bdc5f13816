"""An event as a card: what it is, when and where, what became of it, and the way to its page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from wtforms import StringField

from mobilize.core.feature import BlockKind, Freezing, Frozen
from mobilize.core.i18n import _, current_language, lazy, text_in, using
from mobilize.core.json_fields import Fields
from mobilize.events import showing
from mobilize.events.blocks.choosing import (
    EventChoice,
    event_shown,
    live_of,
    moment_of,
    no_urls,
    offer_events,
    page_url,
    read_event,
    title_of,
)
from mobilize.events.models import Attendance, Event, EventStatus
from mobilize.organisations.queries import Brand, brand


@dataclass(frozen=True, slots=True)
class EventCard:
    """``event`` is a uid; ``text`` stands on the button."""

    kind: ClassVar[str] = "event"
    event: str
    text: str = ""


class EventCardForm(EventChoice):
    text = StringField(lazy("Words on the button"), description=lazy("Leave it empty for “The event’s page”."))


def read(fields: Fields) -> EventCard:
    return EventCard(read_event(fields), fields.line("text", at_most=80))


def freeze(block: EventCard, around: Freezing) -> Frozen:
    """Raises Refused: there is no such event for readers."""
    with using(around.language):
        row = event_shown(block.event, around)
        organisation = brand(around.organisation_id)
        fields = {
            "title": title_of(row),
            "when": _when(row),
            "where": _where(row, organisation),
            "summary": text_in(row.summaries, current_language(), organisation.default_language),
            "url": page_url(row, organisation, around.language),
            "action": block.text or _("The event’s page"),
        }
        if found := showing.banner(row, organisation, around.now):
            fields |= {"status": found.title, "note": found.text}
    return Frozen({**fields, **moment_of(row)}, live_of(row))


def _when(row: Event) -> str:
    """A postponed event has no date for now: the one it had stands in the words about it."""
    return "" if row.status is EventStatus.POSTPONED else showing.show_when(row.when)


def _where(row: Event, organisation: Brand) -> str:
    found = showing.place(row, organisation)
    if row.attendance is Attendance.BOTH and found:
        # Translators: where an event is: "Wijnhaven, Den Haag, and online".
        return _("%(place)s, and online", place=found)
    return found


KIND = BlockKind(
    "event", lazy("Event"), "calendar", read, EventCardForm, freeze, no_urls, offer=offer_events, merge_fields=("when",)
)
