"""What somebody changes of their own registration, through a link that was mailed for it. Nothing here commits.

/g/<token> (never expires, may be forwarded) -> mail_change_link -> /g/change/<token> (two days) -> change
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mobilize.core import clock, limits
from mobilize.core.db import session
from mobilize.core.errors import Conflict, Refused
from mobilize.core.i18n import _
from mobilize.delivery.models import Recipient
from mobilize.delivery.recipients import contact_of
from mobilize.events.models import Attendance, Event
from mobilize.events.registrations import mails, offers
from mobilize.events.registrations.models import EntryChoice, Registration, RegistrationState
from mobilize.events.registrations.queries import form_of
from mobilize.events.registrations.rules import choices
from mobilize.events.registrations.seats import is_free
from mobilize.events.rules import OFF
from mobilize.organisations.queries import brand
from mobilize.questions.answering import answer
from mobilize.questions.rules import Value
from mobilize.visitors.limits import allow_client, may_mail

PER_REGISTRATION = ("3/hour", "8/day")
LINKS_AN_HOUR = 20
"""That one client can have mailed, to whomever."""


@dataclass(frozen=True)
class OwnChanges:
    """What somebody wants of their registration; answers by question id, ``None`` deletes one.

    ``party`` is how many they come, themselves among them; ``None``: as many as before.
    """

    attendance: Attendance
    entry: EntryChoice
    answers: Mapping[int, Value | None]
    party: int | None = None


def mail_change_link(row: Registration) -> None:
    """Mail the link that shows and changes a registration; few, and the page says the same either way."""
    event = session.get_one(Event, row.event_id)
    house, recipient = brand(event.organisation_id), session.get_one(Recipient, row.recipient_id)
    if (
        is_changeable(row, event)
        and allow_client("registrations.change", LINKS_AN_HOUR)
        and all(limits.allow("registrations.own", row.uid.encode(), limit) for limit in PER_REGISTRATION)
        and may_mail(contact_of(recipient).email, house.uid)
    ):
        mails.send_change_link(event, house, row, recipient)


def largest_party(row: Registration, event: Event) -> int:
    """How many people a registration can be for: never fewer than it is for already."""
    form = form_of(event.id)
    return max(row.party, form.largest_party if form is not None else 1)


def is_changeable(row: Registration, event: Event) -> bool:
    """Whether there is anything to change: the person comes, and the event is still to come."""
    is_ahead = event.status not in OFF and not event.is_over(clock.now())
    return row.state is RegistrationState.REGISTERED and is_ahead


def change(row: Registration, event: Event, wanted: OwnChanges) -> None:
    """Change how somebody takes part, their entry and their answers. Other mail follows the new entry.

    Whoever goes online frees their seats with this commit, whoever comes with fewer some of them; whoever wants into
    the room, or comes with more, takes them if there are enough for all.

    Raises:
        Conflict: they do not come any more, the event is off or over, or not enough seats are free. Nothing is changed.
        Refused: a party that is none, or too large.
    """
    offers.settle(event, clock.now())
    session.refresh(row)
    if not is_changeable(row, event):
        raise Conflict(_("This registration cannot be changed any more"))
    had, was = row.entry, (row.attendance, row.party)
    party = row.party if wanted.party is None else wanted.party
    _require_party(row, event, party)
    if wanted.attendance is not row.attendance or party > row.party:
        _require_place(row, event, wanted.attendance, party)
    row.attendance, row.entry, row.party = wanted.attendance, wanted.entry, party
    if wanted.answers:
        answer(row.recipient_id, wanted.answers)
    if ((row.attendance, row.party), row.entry) != (was, had):
        row.changed_at = clock.now()
        recipient = session.get_one(Recipient, row.recipient_id)
        mails.send_own_change(event, brand(event.organisation_id), row, recipient, had=had)
        offers.settle(event, clock.now())


def _require_party(row: Registration, event: Event, party: int) -> None:
    most = largest_party(row, event)
    if not 1 <= party <= most:
        raise Refused("party", _("Choose from %(least)d to %(most)d", least=1, most=most))


def _require_place(row: Registration, event: Event, attendance: Attendance, party: int) -> None:
    """Counted under the lock of the event's row, as when somebody registers."""
    if attendance not in choices(event) or not is_free(event, attendance, party, row):
        raise Conflict(_("No seat is free") if party == 1 else _("There are not enough free seats for all of you"))
