"""The way to register for an event; where nobody can register any more, words that say so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from wtforms import StringField

from mobilize.core.errors import Refused
from mobilize.core.feature import BlockKind, Freezing, Frozen
from mobilize.core.i18n import _, lazy, show_datetime, using
from mobilize.core.json_fields import Fields
from mobilize.events.blocks.choosing import (
    EventChoice,
    event_shown,
    live_of,
    no_urls,
    offer_events,
    page_url,
    read_event,
    title_of,
)
from mobilize.events.models import Event
from mobilize.events.registrations.models import RegistrationForm
from mobilize.events.registrations.queries import form_of
from mobilize.events.registrations.rooms import Room, room_of
from mobilize.events.registrations.rules import Door, door
from mobilize.organisations.queries import brand


@dataclass(frozen=True, slots=True)
class RegistrationButton:
    """``event`` is a uid; ``text`` stands on the button."""

    kind: ClassVar[str] = "registration"
    event: str
    text: str = ""


class RegistrationButtonForm(EventChoice):
    text = StringField(lazy("Words on the button"), description=lazy("Leave it empty for “Register”."))


def read(fields: Fields) -> RegistrationButton:
    return RegistrationButton(read_event(fields), fields.line("text", at_most=80))


def freeze(block: RegistrationButton, around: Freezing) -> Frozen:
    """Raises Refused: there is no such event for readers, or nobody can ever register for it."""
    with using(around.language):
        row = event_shown(block.event, around)
        form = form_of(row.id)
        if form is None:
            raise Refused("event", _("People cannot register for this event: make its registration form first"))
        organisation = brand(around.organisation_id)
        words, action = _why_not(row, form, around), ""
        if not words:
            room = room_of(row, form, around.now)
            words, action = room.words, "" if room.is_shut else _on_button(block, room)
        fields = {
            "title": title_of(row),
            "words": words,
            "url": page_url(row, organisation, around.language, "/register" if action else ""),
            "action": action or _("The event’s page"),
        }
    return Frozen(fields, live_of(row))


def _on_button(block: RegistrationButton, room: Room) -> str:
    """The author's words, unless those who press it only get onto a waiting list."""
    only_waits = room.is_full and room.is_all
    return room.action if only_waits or not block.text else block.text


def _why_not(row: Event, form: RegistrationForm, around: Freezing) -> str:
    """What keeps everybody from registering now, apart from the seats; empty if nothing does."""
    match door(row, form, around.now):
        case Door.NOT_YET if form.opens_at is not None:
            return _("Registration opens on %(when)s.", when=show_datetime(form.opens_at, row.timezone))
        case Door.OPEN:
            return ""
    return _("Registration is closed.")


KIND = BlockKind(
    "registration", lazy("Registration"), "press", read, RegistrationButtonForm, freeze, no_urls, offer=offer_events
)
