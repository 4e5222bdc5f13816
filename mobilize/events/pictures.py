"""Pictures of an event, each with alternative text and caption by language. Nothing here commits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import select

from mobilize.core import audit, text
from mobilize.core.db import session
from mobilize.core.errors import Conflict, Refused
from mobilize.core.i18n import _
from mobilize.events.models import Event, EventPicture
from mobilize.events.ordering import change_places, positions
from mobilize.events.service import lock, touch
from mobilize.media.queries import picture_named

Texts = Mapping[str, str]

MOST_PICTURES = 30


@dataclass(frozen=True)
class PictureFacts:
    """What is said of a picture; texts by language."""

    alternative_texts: Texts
    captions: Texts = field(default_factory=dict)


def add_picture(row: Event, name: str, facts: PictureFacts) -> EventPicture:
    """Show one of the organisation's pictures (``media.Picture.name``) with an event, after those it has.

    Raises:
        Conflict: the event shows as many pictures as it may.
        Refused: no such picture, one that it shows already, or a text that is missing or does not hold.
    """
    lock(row)
    picture = picture_named(row.organisation_id, name)
    if picture is None:
        raise Refused("picture", _("Choose a picture"))
    shown = (EventPicture.event_id == row.id) & (EventPicture.picture_id == picture.id)
    if session.scalar(select(EventPicture.id).where(shown)) is not None:
        raise Refused("picture", _("The event shows this picture already"))
    number, last = positions(EventPicture, EventPicture.event_id == row.id)
    if number >= MOST_PICTURES:
        raise Conflict(_("An event shows at most %(count)d pictures", count=MOST_PICTURES))
    made = EventPicture(event_id=row.id, picture_id=picture.id, position=last + 1, **_columns(facts))
    session.add(made)
    _changed(row)
    return made


def change_picture(row: Event, picture: EventPicture, facts: PictureFacts) -> None:
    """Other words for a picture of this event.

    Raises:
        Refused: a text that is missing or does not hold.
    """
    lock(row)
    for name, value in _columns(facts).items():
        setattr(picture, name, value)
    _changed(row)


def remove_picture(row: Event, picture: EventPicture) -> None:
    """Take it off the event; the organisation keeps the picture itself."""
    lock(row)
    session.delete(picture)
    _changed(row)


def move_picture(row: Event, picture: EventPicture, *, up: bool) -> None:
    """Let it change places with its neighbour; at the end it stays."""
    lock(row)
    if change_places(picture, EventPicture.event_id == row.id, up=up):
        _changed(row)


def _changed(row: Event) -> None:
    session.flush()
    touch(row)
    audit.record("event.changed", organisation_id=row.organisation_id, subject=f"event:{row.uid}", slug=row.slug)


def _columns(facts: PictureFacts) -> dict[str, dict[str, str]]:
    found = {
        "alternative_texts": text.one_line_each("alternative_texts", facts.alternative_texts, at_most=500),
        "captions": text.one_line_each("captions", facts.captions, at_most=500),
    }
    if not found["alternative_texts"]:
        raise Refused("alternative_texts", _("Say what the picture shows"))
    return found
