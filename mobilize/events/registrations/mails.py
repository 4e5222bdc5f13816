"""Mail about registrations. Every entry that a person gets for an event has the event's UID and a higher SEQUENCE.

All mails that say when the event is carry its ``calendar_key``: a later one ends an earlier one that still waits, so
nobody reads an old date after a new one. Mails without an entry (a link to confirm, "you are registered already") name
no date. They hang on ``event-request:<uid>``, which a cancellation revokes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import TypedDict

from mobilize.core import clock
from mobilize.core.i18n import current_language, text_in, using
from mobilize.core.when import Precision
from mobilize.delivery.bases import Basis
from mobilize.delivery.calendar_order import people_owed_an_entry, people_waiting
from mobilize.delivery.models import BasisKind, Recipient
from mobilize.delivery.service import Addressee, Common, PersonalLink, send, send_many
from mobilize.events import showing
from mobilize.events.calendar import invitation, withdrawal
from mobilize.events.models import Attendance, Event
from mobilize.events.registrations.groups import group_of
from mobilize.events.registrations.models import EntryChoice, Registration, RegistrationState
from mobilize.events.registrations.purposes import CHANGE, CONFIRM, OWN
from mobilize.events.registrations.tickets import ticket_of
from mobilize.events.registrations.words import ATTENDING, NEUTRAL_TITLE, party_words
from mobilize.events.rules import gives_stream
from mobilize.organisations.queries import Brand, default_sender

Entry = Callable[..., str]
WITH_TICKET = frozenset({"events/moved", "events/postponed"})
"""News after which the ticket still counts: where they end a mail with a ticket that waits, they carry it."""
NO_TICKET = {"ticket_code": "", "ticket": ""}
NO_STREAM = {"stream_url": ""}
TAKEN_BACK = EntryChoice.BUSY
"""How an entry that is taken back is called for who wants none any more: neutrally, whatever it was called before."""


class _OwnParts(TypedDict, total=False):
    """What of one person's mail is sealed in its row."""

    facts: Mapping[str, str]
    codes: Mapping[str, str]


def key(event: Event) -> str:
    """What the mails with one event's entry have in common; also their anchor."""
    return f"event:{event.uid}"


def request_anchor(event: Event) -> str:
    return f"event-request:{event.uid}"


def send_link(
    event: Event, house: Brand, request_id: int, recipient: Recipient, language: str, *, waits: bool = False
) -> None:
    """The link that confirms a registration, or a place on the waiting list."""
    send(
        "events/confirm",
        organisation=house,
        language=language,
        recipient=recipient,
        anchor=request_anchor(event),
        fixed={**facts_in(event, house, language), "waits": "yes" if waits else ""},
        personal_links={"action_url": PersonalLink(CONFIRM, (request_id, house.id))},
    )


def send_already(event: Event, house: Brand, row: Registration, recipient: Recipient) -> None:
    """To somebody who asked once more: they are registered, or wait."""
    waits = row.state is not RegistrationState.REGISTERED
    send(
        "events/already",
        organisation=house,
        language=row.language,
        recipient=recipient,
        anchor=request_anchor(event),
        fixed={**facts_in(event, house, row.language), "waits": "yes" if waits else ""},
        personal_links=own_link(row),
    )


def send_registered(
    event: Event, house: Brand, row: Registration, recipient: Recipient, *, by_staff: bool = False
) -> str:
    """The confirmation, with the calendar entry if the event has a date; the message's uid.

    ``by_staff``: the person did not ask for it, so a bounce, a complaint or staff's decision holds it back.
    """
    row.sequence = max(event.sequence, row.sequence + 1)
    fixed = {
        **facts_in(event, house, row.language),
        **_not_theirs(row, event),
        "group_text": _group_text(row, house),
        "party": _party_text(row),
    }
    calendar = _own_entry(event, house, row, invitation, row.entry)
    return _send_one("events/registered", event, house, row, recipient, Common(fixed, calendar), by_staff=by_staff)


def send_left(event: Event, house: Brand, row: Registration, recipient: Recipient) -> None:
    """They do not come any more: their entry is taken back, in other words than those of a cancelled event.

    Whom staff added without a mail never got an entry, and nothing is taken back (RFC 5546, 3.2.5).
    """
    shown = row.entry if row.sequence >= 0 else EntryChoice.NONE
    row.sequence = max(event.sequence, row.sequence + 1)
    send(
        "events/left",
        organisation=house,
        language=row.language,
        recipient=recipient,
        anchor=key(event),
        calendar_key=key(event),
        fixed=facts_in(event, house, row.language),
        calendar=_own_entry(event, house, row, withdrawal, shown),
    )


def send_own_change(
    event: Event,
    house: Brand,
    row: Registration,
    recipient: Recipient,
    *,
    had: EntryChoice,
    by_staff: bool = False,
) -> str:
    """How they take part or what their calendar shows was changed, by them or ``by_staff``; the message's uid.

    ``had`` is what it showed before. Whoever wants no entry any more gets the earlier one taken back.
    """
    is_taken_back = row.sequence >= 0 and row.entry is EntryChoice.NONE and had is not EntryChoice.NONE
    row.sequence = max(event.sequence, row.sequence + 1)
    entry, shown = (withdrawal, had) if is_taken_back else (invitation, row.entry)
    with using(row.language):
        taking_part = str(ATTENDING[row.attendance]) if row.attendance in ATTENDING else ""
    fixed = {
        **facts_in(event, house, row.language),
        "taking_part": taking_part,
        "no_entry": "yes" if is_taken_back else "",
        "party": _party_text(row),
        **_not_theirs(row, event),
    }
    calendar = _own_entry(event, house, row, entry, shown)
    return _send_one("events/changed", event, house, row, recipient, Common(fixed, calendar), by_staff=by_staff)


def send_change_link(event: Event, house: Brand, row: Registration, recipient: Recipient) -> None:
    """The fresh link that shows and changes somebody's own registration."""
    send(
        "events/change_link",
        organisation=house,
        language=row.language,
        recipient=recipient,
        anchor=request_anchor(event),
        fixed=facts_in(event, house, row.language),
        personal_links={"action_url": PersonalLink(CHANGE, (row.id,))},
    )


def send_change(template: str, event: Event, house: Brand, rows: Sequence[Registration], entry: Entry | None) -> None:
    """The same news for everybody concerned, each with the entry that they chose; see ``events.changes``.

    ``entry`` makes the calendar entry that goes with it. Nothing is written where nobody is concerned.
    """
    owed = _owed_tickets(event, rows) if template in WITH_TICKET and entry is not None else frozenset[int]()
    taken_back = _owed_withdrawals(event, rows, entry)
    for choice, has_ticket, is_owed in product(EntryChoice, (False, True), (False, True)):
        some = [
            row
            for row in rows
            if _shown(row, entry) is choice and (row.id in owed) is has_ticket and (row.id in taken_back) is is_owed
        ]
        if some:
            made, shown = (withdrawal, TAKEN_BACK) if is_owed else (entry, choice)
            _send_change(template, event, house, some, made, shown, has_ticket=has_ticket)


def _send_change(
    template: str,
    event: Event,
    house: Brand,
    rows: Sequence[Registration],
    entry: Entry | None,
    choice: EntryChoice,
    *,
    has_ticket: bool,
) -> None:
    def common(language: str) -> Common:
        calendar = entry_in(event, house, language, entry, event.sequence, choice) if entry is not None else ""
        return Common({**facts_in(event, house, language), **({} if has_ticket else NO_TICKET)}, calendar)

    people = [
        Addressee(
            row.recipient_id,
            row.language,
            personal_links=own_link(row) if entry is not None else {},
            basis=Basis(BasisKind.REGISTRATION, row.id),
            **(_ticket(row, event) if has_ticket else {}),
        )
        for row in rows
    ]
    send_many(
        template,
        people,
        organisation=house,
        anchor=key(event),
        calendar_key=key(event) if entry is not None else None,
        common=common,
        person_asked=False,
    )
    for row in rows if entry is not None else ():
        row.sequence = event.sequence


def facts_in(event: Event, house: Brand, language: str) -> Mapping[str, str]:
    """What all mails about an event say of it, in one language."""
    with using(language):
        previous = event.previous
        return {
            "title": text_in(event.titles, current_language(), house.default_language),
            "when": showing.show_when(event.when),
            "old_when": showing.show_when(previous) if previous is not None else "",
            "where": showing.place(event, house),
            "reason": text_in(event.reasons, current_language(), house.default_language),
            "event_url": f"{showing.event_url(event, house)}?lang={language}",
        }


def entry_in(
    event: Event, house: Brand, language: str, entry: Entry, sequence: int, choice: EntryChoice = EntryChoice.EVENT
) -> str:
    """The event as a calendar entry of a mail in one language; empty while its date is not known, or if unwanted.

    With a neutral name it holds the time and nothing of the event: neither summary, place nor address of its page.
    """
    if event.precision is Precision.UNKNOWN or choice is EntryChoice.NONE:
        return ""
    with using(language):
        shown = showing.calendar_entry(event, house)
        if choice in NEUTRAL_TITLE:
            shown = replace(shown, title=str(NEUTRAL_TITLE[choice]), description="", location="", url="")
        return str(entry(shown, sequence, default_sender(house.id).address))


def _own_entry(event: Event, house: Brand, row: Registration, entry: Entry, choice: EntryChoice) -> str:
    """The entry of one person's mail. Without one of its own it takes back what the waiting mail that it ends would."""
    if choice is EntryChoice.NONE and people_owed_an_entry(key(event), [row.recipient_id]):
        entry, choice = withdrawal, TAKEN_BACK
    return entry_in(event, house, row.language, entry, row.sequence, choice)


def _owed_withdrawals(event: Event, rows: Sequence[Registration], entry: Entry | None) -> frozenset[int]:
    """Registrations that want no entry, and whose mail that takes theirs back waits and is ended by this one."""
    without = [row for row in rows if entry is not None and _shown(row, entry) is EntryChoice.NONE]
    waits = people_owed_an_entry(key(event), [row.recipient_id for row in without]) if without else set[int]()
    return frozenset(row.id for row in without if row.recipient_id in waits)


def _shown(row: Registration, entry: Entry | None) -> EntryChoice:
    """What somebody's calendar is told: nothing is taken back from whom staff added without a mail."""
    return row.entry if row.sequence >= 0 or entry is invitation else EntryChoice.NONE


def _send_one(
    template: str,
    event: Event,
    house: Brand,
    row: Registration,
    recipient: Recipient,
    common: Common,
    *,
    by_staff: bool,
) -> str:
    """One person's mail with their link, ticket and entry; the message's uid."""
    who = Addressee(
        recipient.id,
        row.language,
        personal_links=own_link(row),
        basis=Basis(BasisKind.REGISTRATION, row.id) if by_staff else None,
        **_own_parts(row, event),
    )
    return send_many(
        template,
        [who],
        organisation=house,
        anchor=key(event),
        calendar_key=key(event),
        common=lambda _language: common,
        person_asked=not by_staff,
    )


def _owed_tickets(event: Event, rows: Sequence[Registration]) -> frozenset[int]:
    """Registrations whose mail with the ticket waits and is ended by this one, which then has to carry the ticket."""
    with_ticket = [row for row in rows if row.attendance is not Attendance.ONLINE]
    waits = people_waiting(key(event), [row.recipient_id for row in with_ticket])
    return frozenset(row.id for row in with_ticket if row.recipient_id in waits)


def _not_theirs(row: Registration, event: Event) -> Mapping[str, str]:
    """The empty values of what a mail to this person does not carry."""
    ticket = NO_TICKET if row.attendance is Attendance.ONLINE else {}
    return {**ticket, **({} if _stream(row, event) else NO_STREAM)}


def _own_parts(row: Registration, event: Event) -> _OwnParts:
    """Their ticket, or on the day the link to the stream."""
    stream = _stream(row, event)
    return {"facts": {"stream_url": stream}} if stream else _ticket(row, event)


def _stream(row: Registration, event: Event) -> str:
    """The link to the stream, for who takes part online and comes after the reminder that carried it."""
    is_due = row.attendance is Attendance.ONLINE and gives_stream(event, clock.now())
    return event.stream_url if is_due else ""


def _ticket(row: Registration, event: Event) -> _OwnParts:
    """The parts of one person's mail that are their ticket."""
    code = ticket_of(row, event)
    return {"facts": {"ticket_code": code}, "codes": {"ticket": code}} if code else {}


def _group_text(row: Registration, house: Brand) -> str:
    """What the group that somebody chose is told in the confirmation."""
    group = group_of(row)
    return text_in(group.confirmations, row.language, house.default_language) if group is not None else ""


def _party_text(row: Registration) -> str:
    with using(row.language):
        return party_words(row.party)


def own_link(row: Registration) -> Mapping[str, PersonalLink]:
    """The link to somebody's own page."""
    return {"own_url": PersonalLink(OWN, (row.id,))}
