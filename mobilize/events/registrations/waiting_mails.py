"""Mail to people who wait for a seat: words without a calendar entry, each with the link to their own page.

They carry a key of their own, as mails with an entry do: of one person's mails only the newest is sent, so nobody reads
an old date or an ended offer after a newer mail. None of them takes the place of a mail that takes back an entry.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from mobilize.core.i18n import show_datetime, using
from mobilize.delivery.bases import Basis
from mobilize.delivery.calendar_order import end_earlier
from mobilize.delivery.models import BasisKind
from mobilize.delivery.service import Addressee, Common, send_many
from mobilize.events.models import Event
from mobilize.events.registrations.mails import facts_in, own_link, request_anchor
from mobilize.events.registrations.models import Registration, RegistrationState
from mobilize.events.registrations.words import party_words
from mobilize.organisations.queries import Brand

NO_MESSAGE = 0


def key(event: Event) -> str:
    """What the mails to those who wait for one event have in common."""
    return f"event-waiting:{event.uid}"


def send_waiting(event: Event, house: Brand, row: Registration) -> None:
    """They are on the list."""
    _send("events/waiting", event, house, [row], person_asked=True)


def send_offers(event: Event, house: Brand, rows: Sequence[Registration]) -> None:
    """A seat is free for each of them, until ``held_until``."""
    _send("events/offer", event, house, rows)


def send_lapsed(event: Event, house: Brand, rows: Sequence[Registration]) -> None:
    """They did not take the seat that was offered."""
    _send("events/offer_lapsed", event, house, rows)


def send_ended(event: Event, house: Brand, row: Registration) -> None:
    """They are not on the list any more: they left it, or were taken off."""
    _send("events/waiting_ended", event, house, [row], person_asked=True)


def send_change(template: str, event: Event, house: Brand, rows: Sequence[Registration]) -> None:
    """What became of the event; whoever is offered a seat still reads until when. Nothing where nobody waits."""
    if rows:
        _send(template, event, house, rows)


def end_unsent(event: Event, row: Registration) -> None:
    """They wait no more and another mail says so: what was not sent yet is revoked. The recipient is locked by then."""
    end_earlier(NO_MESSAGE, [row.recipient_id], key(event))


def _send(
    template: str, event: Event, house: Brand, rows: Sequence[Registration], *, person_asked: bool = False
) -> None:
    """One message for all who are told the same."""
    alike: dict[tuple[datetime | None, int], list[Registration]] = {}
    for row in rows:
        until = row.held_until if row.state is RegistrationState.OFFERED else None
        alike.setdefault((until, row.party), []).append(row)
    for (until, party), some in alike.items():
        send_many(
            template,
            [_addressee(row) for row in some],
            organisation=house,
            anchor=request_anchor(event),
            calendar_key=key(event),
            common=partial(_common, event, house, until, party),
            person_asked=person_asked,
        )


def _common(event: Event, house: Brand, until: datetime | None, party: int, language: str) -> Common:
    with using(language):
        shown = show_datetime(until, event.timezone) if until is not None else ""
        return Common({**facts_in(event, house, language), "until": shown, "party": party_words(party)})


def _addressee(row: Registration) -> Addressee:
    basis = Basis(BasisKind.REGISTRATION, row.id)
    return Addressee(row.recipient_id, row.language, personal_links=own_link(row), basis=basis)
