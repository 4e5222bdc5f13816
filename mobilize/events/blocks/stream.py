"""The link to an event's live stream: only for people who are registered to take part online.

It is sealed in the frozen block and opened when the mail is composed, so that no content in the database shows it. It
is not counted either, because a counted address is stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from wtforms import StringField

from mobilize.core.errors import Refused
from mobilize.core.feature import BlockKind, Freezing, Frozen
from mobilize.core.i18n import _, lazy, using
from mobilize.core.json_fields import Fields
from mobilize.delivery.composing.blocks import as_sealed
from mobilize.events.blocks.choosing import (
    EventChoice,
    event_shown,
    live_of,
    no_urls,
    offer_events,
    read_event,
    title_of,
)
from mobilize.events.models import Event
from mobilize.events.rules import OFF


@dataclass(frozen=True, slots=True)
class StreamLink:
    """``event`` is a uid; ``text`` stands on the button."""

    kind: ClassVar[str] = "stream"
    event: str
    text: str = ""


class StreamLinkForm(EventChoice):
    text = StringField(lazy("Words on the button"), description=lazy("Leave it empty for “Open the live stream”."))


def read(fields: Fields) -> StreamLink:
    return StreamLink(read_event(fields), fields.line("text", at_most=80))


def freeze(block: StreamLink, around: Freezing) -> Frozen:
    """Raises Refused: the mailing goes to others too, or there is no link, or the event does not take place."""
    with using(around.language):
        row = event_shown(block.event, around)
        if around.to_group != online_group(row):
            raise Refused(
                "event",
                _("The stream link may only go to people registered to take part online. Choose them as recipients"),
            )
        if row.status in OFF:
            raise Refused("event", _("This event does not take place: remove its stream link"))
        if row.stream_url_sealed is None:
            raise Refused("event", _("This event has no link to a live stream yet: write it on the event’s page"))
        sealed = as_sealed(row.stream_url_sealed, Event.__tablename__, "stream_url_sealed", row.uid)
        fields = {
            "title": title_of(row),
            "link_sealed": sealed,
            "action": block.text or _("Open the live stream"),
            "note": _("This link is for you: please do not pass it on."),
        }
    return Frozen(fields, live_of(row))


def online_group(row: Event) -> str:
    """The anchored group of those who are registered to take part online."""
    return f"event:{row.uid}:online"


KIND = BlockKind("stream", lazy("Live stream"), "play", read, StreamLinkForm, freeze, no_urls, offer=offer_events)
