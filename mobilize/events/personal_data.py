"""What events hold about a person, to whoever asked, and until when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mobilize.core.feature import Kept, PersonalData, Said, Section, Value
from mobilize.core.i18n import current_language, lazy, text_in
from mobilize.events.door.queries import entered_at
from mobilize.events.models import Event
from mobilize.events.registrations import queries, service
from mobilize.events.registrations.groups import group_of
from mobilize.events.registrations.models import Registration
from mobilize.events.registrations.words import ENTRY, STATE
from mobilize.events.showing import ATTENDANCE

_REGISTRATIONS = {
    "event": lazy("Event"),
    "state": lazy("State"),
    "attendance": lazy("Takes part"),
    "people": lazy("People"),
    "group": lazy("Group"),
    "entry": lazy("Entry in the calendar"),
    "came": lazy("Came in"),
    "waiting_since": lazy("Waits since"),
    "held_until": lazy("Seat held until"),
    "quiet_since": lazy("No reminders since"),
    "at": lazy("When"),
    "wording": lazy("What happens to the data"),
}


def _held(recipient_ids: Sequence[int]) -> Sequence[Section]:
    rows = [_row(row, event) for row, event in queries.registrations_of(recipient_ids)]
    return (Section("registrations", lazy("Registrations"), _REGISTRATIONS, rows),)


def _row(row: Registration, event: Event) -> Mapping[str, Value]:
    return {
        "event": Said(event.uid, text_in(event.titles, current_language(), next(iter(event.titles)))),
        "state": Said(row.state.value, STATE[row.state]),
        "attendance": Said(row.attendance.value, ATTENDANCE[row.attendance]),
        "people": row.party,
        "group": _group(row),
        "came": entered_at(row.id),
        "entry": Said(row.entry.value, ENTRY[row.entry]),
        "waiting_since": row.waiting_since,
        "held_until": row.held_until,
        "quiet_since": row.quiet_since,
        "at": row.registered_at or row.changed_at,
        "wording": row.wording,
    }


def _group(row: Registration) -> Value:
    group = group_of(row)
    return Said(group.slug, text_in(group.names, current_language(), "")) if group is not None else ""


PERSONAL = PersonalData(_held, service.erase, service.close)
KEPT = (
    Kept(
        lazy("Who registered for an event, who waited, who left, and what they answered on its form"),
        lazy("as many days after the event as its form says, 30 unless changed; the numbers stay"),
        "mobilize.events.registrations.tick_steps:forget_registrants",
    ),
    Kept(
        lazy("A registration that was not confirmed"),
        lazy("an hour; the request behind it as long as its link works"),
        "mobilize.events.registrations.tick_steps:end_holds",
    ),
)
