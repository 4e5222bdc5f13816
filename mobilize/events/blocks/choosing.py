"""The event that a block shows: chosen in its form, found again when it is frozen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from wtforms import Form, SelectField
from wtforms.validators import InputRequired

from mobilize.core import clock
from mobilize.core.errors import Refused
from mobilize.core.feature import Freezing
from mobilize.core.i18n import _, current_language, lazy, text_in
from mobilize.core.json_fields import Fields
from mobilize.delivery.composing import moments
from mobilize.events import queries, showing
from mobilize.events.models import Event, EventStatus
from mobilize.events.rules import OFF
from mobilize.organisations.queries import Brand, brand

MOST_OVER = 20
"""Past events that are offered, the latest first: mail after an event shows them."""


class EventChoice(Form):
    """The form of a block about one event."""

    event = SelectField(lazy("Event"), [InputRequired()])


def read_event(fields: Fields) -> str:
    """The uid of the chosen event; whether the organisation has it shows when it is frozen."""
    return fields.line("event", at_most=26, required=True)


def offer_events(form: Any, organisation_id: int) -> None:
    """Let the form choose among the organisation's events: those to come, then the latest; the chosen one stays."""
    organisation, now = brand(organisation_id), clock.now()
    found = queries.events(organisation_id)
    offered = [*queries.to_come(found, now), *queries.over(found, now)[:MOST_OVER]]
    chosen = queries.event_by_uid(organisation_id, form.event.data or "")
    if chosen is not None and chosen not in offered:
        offered.insert(0, chosen)
    form.event.choices = [(row.uid, _label(row, organisation)) for row in offered]


def event_shown(uid: str, around: Freezing) -> Event:
    """The published event of a block.

    Raises:
        Refused: the organisation has no such event, or visitors do not see it yet.
    """
    row = queries.event_by_uid(around.organisation_id, uid)
    if row is None:
        raise Refused("event", _("This event is gone. Choose another one"))
    if row.published_at is None:
        raise Refused("event", _("“%(title)s” is still a draft: publish the event first", title=title_of(row)))
    return row


def live_of(row: Event) -> Mapping[str, int]:
    """What a frozen block names as its source."""
    return {f"event:{row.uid}": row.version}


def moment_of(row: Event) -> Mapping[str, str]:
    """The event's moment as a field that copies tell in relative words; none while it is off or not dated."""
    moment = "" if row.status in OFF else moments.frozen(row.when)
    return {"moment": moment} if moment else {}


def title_of(row: Event) -> str:
    """The title in the current language."""
    return text_in(row.titles, current_language(), brand(row.organisation_id).default_language)


def page_url(row: Event, organisation: Brand, language: str, path: str = "") -> str:
    """The event's public page, or one below it, in the language of the mail."""
    return f"{showing.event_url(row, organisation)}{path}?lang={language}"


def no_urls(_block: object) -> Iterator[tuple[str, str]]:
    """Nobody typed the address of these blocks."""
    yield from ()


def lines_of(text: str) -> Sequence[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _label(row: Event, organisation: Brand) -> str:
    title, when = text_in(row.titles, current_language(), organisation.default_language), showing.show_when(row.when)
    if row.published_at is None:
        # Translators: an event in a list to choose from: its title, when it is, and that it is not published yet.
        return _("%(title)s – %(when)s (draft)", title=title, when=when)
    if row.status is not EventStatus.SCHEDULED:
        status = showing.show_status(row)
        # Translators: an event in a list to choose from: its title, when it is, and what became of it.
        return _("%(title)s – %(when)s (%(status)s)", title=title, when=when, status=status)
    return f"{title} – {when}"
