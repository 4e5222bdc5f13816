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
from mobilize.events.registrations.queries import form_of, held_seats
from mobilize.events.registrations.rules import Door, choices, door, has_seat
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
        house = brand(around.organisation_id)
        words = _why_not(row, form, around)
        fields = {
            "title": title_of(row),
            "words": words,
            "url": page_url(row, house, around.language, "" if words else "/register"),
            "action": _("The event’s page") if words else block.text or _("Register"),
        }
    return Frozen(fields, live_of(row))


def _why_not(row: Event, form: RegistrationForm, around: Freezing) -> str:
    """What keeps a reader from registering now; empty if nothing does."""
    match door(row, form, around.now):
        case Door.NOT_YET if form.opens_at is not None:
            return _("Registration opens on %(when)s.", when=show_datetime(form.opens_at, row.timezone))
        case Door.OPEN:
            held = held_seats(row.id, around.now)
            free = any(has_seat(form.capacity, held, one) for one in choices(row))
            return "" if free else _("All seats are taken.")
    return _("Registration is closed.")


KIND = BlockKind(
    "registration", lazy("Registration"), "press", read, RegistrationButtonForm, freeze, no_urls, offer=offer_events
)
