"""The pictures of an event, each with its alternative text and caption in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from wtforms import StringField

from mobilize.core.errors import Refused
from mobilize.core.feature import BlockKind, Freezing, Frozen
from mobilize.core.i18n import _, lazy, text_in, using
from mobilize.core.json_fields import Fields
from mobilize.events import queries
from mobilize.events.blocks.choosing import EventChoice, event_shown, live_of, no_urls, offer_events, read_event
from mobilize.organisations.queries import brand


@dataclass(frozen=True, slots=True)
class Pictures:
    """``event`` is a uid; ``title`` may stand above the pictures."""

    kind: ClassVar[str] = "event_pictures"
    event: str
    title: str = ""


class PicturesForm(EventChoice):
    title = StringField(lazy("Title"))


def read(fields: Fields) -> Pictures:
    return Pictures(read_event(fields), fields.line("title"))


def freeze(block: Pictures, around: Freezing) -> Frozen:
    """Raises Refused: there is no such event for readers, or it has no pictures."""
    with using(around.language):
        row = event_shown(block.event, around)
        default = brand(around.organisation_id).default_language
        items = [
            {
                "media": picture.name,
                "alt": text_in(words.alternative_texts, around.language, default),
                "caption": text_in(words.captions, around.language, default),
            }
            for words, picture in queries.pictures_of(row.id)
        ]
        if not items:
            raise Refused("event", _("This event has no pictures yet: add some first"))
    return Frozen({"title": block.title, "items": items}, live_of(row))


KIND = BlockKind(
    "event_pictures", lazy("Pictures of an event"), "image", read, PicturesForm, freeze, no_urls, offer=offer_events
)
