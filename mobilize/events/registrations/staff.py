"""What staff do to registrations for somebody: add, change, move to another event. Nothing here commits.

Each act has a reason for the trail and a mail if staff want one. Nobody becomes more mailable by it: the mail's basis
is the registration, and what holds mail to a person back holds this back too. Seats are counted under the lock of the
event's row, and staff take none that is not free.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from mobilize.core import audit, clock
from mobilize.core.db import session
from mobilize.core.errors import Conflict, Refused
from mobilize.core.i18n import _, using
from mobilize.core.text import mail_address, one_line, required_line
from mobilize.delivery.models import Delivery, DeliveryState, Message, Recipient, RecipientKind
from mobilize.delivery.recipients import change_contact, contact_of, find_or_create_recipient
from mobilize.events.models import Attendance, Event
from mobilize.events.registrations import mails, offers, service, waiting_mails
from mobilize.events.registrations.listing import subject
from mobilize.events.registrations.models import Registration, RegistrationState
from mobilize.events.registrations.queries import form_of, held_seats, registration_of
from mobilize.events.registrations.rules import WAITS, choices
from mobilize.events.registrations.seats import is_free, lock
from mobilize.events.rules import is_ahead
from mobilize.organisations.queries import Brand, brand

LONGEST_NAME = 100


@dataclass(frozen=True)
class Entered:
    """Whom staff add, as they were told."""

    address: str
    first_name: str
    last_name: str
    language: str
    attendance: Attendance
    party: int = 1


@dataclass(frozen=True)
class Done:
    """A registration after the act; ``is_held_back``: an email was wanted, and the person may not be mailed."""

    row: Registration
    is_held_back: bool


def add(event: Event, house: Brand, entered: Entered, reason: str, *, told: bool) -> Done:
    """Register somebody who asked staff for it. Whoever waits for a seat, or has not confirmed, is registered too.

    Raises:
        Conflict: the event is off or over, or has no registration.
        Refused: a value that does not hold, somebody who is registered already, or not enough seats, with their number.
    """
    reason, address = required_line("reason", reason), mail_address("address", entered.address)
    offers.settle(event, clock.now())
    _require_ahead(event)
    recipient = find_or_create_recipient(house.id, house.uid, RecipientKind.PERSON, address, entered.language)
    known = registration_of(event.id, recipient.id)
    if known is not None and known.state is RegistrationState.REGISTERED:
        raise Refused("address", _("This person is registered already"))
    _require_party(event, entered.party)
    _require_seats(event, entered.attendance, entered.party, known)
    row = _registered(event, house, known, recipient, entered)
    _name(recipient, house, entered)
    _record("registration.added", event, row, reason)
    return Done(row, told and _told_registered(event, house, row, recipient))


def change(row: Registration, event: Event, attendance: Attendance, language: str, reason: str, *, told: bool) -> Done:
    """Change how somebody takes part, and in which language they are written to.

    Raises:
        Conflict: they do not come, or the event is off or over.
        Refused: a value that does not hold, or not enough seats, with their number.
    """
    reason = required_line("reason", reason)
    offers.settle(event, clock.now())
    _require_comes(row, event)
    if attendance is not row.attendance:
        _require_seats(event, attendance, row.party, row)
    if (attendance, language) == (row.attendance, row.language):
        return Done(row, is_held_back=False)
    was = row.attendance
    row.attendance, row.language, row.changed_at = attendance, language, clock.now()
    _record("registration.changed", event, row, reason, attendance=attendance.value, language=language)
    held_back = False
    if told:
        house, recipient = brand(event.organisation_id), session.get_one(Recipient, row.recipient_id)
        held_back = _is_held_back(mails.send_own_change(event, house, row, recipient, had=row.entry, by_staff=True))
    if was is not attendance:
        offers.settle(event, clock.now())
    return Done(row, held_back)


def move(row: Registration, event: Event, to: Event, attendance: Attendance, reason: str, *, told: bool) -> Done:
    """Register somebody for another event of the organisation, and end their registration for this one.

    Their answers and their group belong to the first event and stay behind. Both events are locked in the order of
    their ids, so that two moves in opposite directions do not wait for each other.

    Raises:
        Conflict: they do not come, or one of the events is off or over.
        Refused: a value that does not hold, somebody who is registered there already, or not enough seats there.
    """
    reason = required_line("reason", reason)
    for one in sorted((event, to), key=lambda one: one.id):
        lock(one)
    offers.settle(to, clock.now())
    _require_comes(row, event)
    _require_ahead(to)
    recipient, house = session.get_one(Recipient, row.recipient_id), brand(event.organisation_id)
    known = registration_of(to.id, recipient.id)
    if known is not None and known.state is RegistrationState.REGISTERED:
        raise Refused("to", _("This person is registered there already"))
    _require_seats(to, attendance, row.party, known)
    moved = _registered(to, house, known, recipient, _as_entered(row, recipient, attendance))
    moved.entry = row.entry
    _record("registration.moved", to, moved, reason, came_from=event.slug)
    service.remove(row, event, reason, told=told)
    return Done(moved, told and _told_registered(to, house, moved, recipient))


def targets(event: Event) -> list[Event]:
    """Other events of the organisation to which somebody can be moved, the soonest first."""
    wanted = select(Event).where(
        Event.organisation_id == event.organisation_id, Event.id != event.id, Event.published_at.is_not(None)
    )
    found = session.scalars(wanted.order_by(Event.starts_at, Event.id))
    return [one for one in found if is_ahead(one, clock.now()) and form_of(one.id) is not None]


def _registered(
    event: Event, house: Brand, known: Registration | None, recipient: Recipient, entered: Entered
) -> Registration:
    now = clock.now()
    waited = known is not None and known.state in WAITS
    row = known or Registration(event_id=event.id, recipient_id=recipient.id)
    row.state, row.attendance, row.language = RegistrationState.REGISTERED, entered.attendance, entered.language
    row.party, row.held_until, row.waiting_since = entered.party, None, None
    row.registered_at = row.changed_at = now
    row.wording = _wording(house, entered.language)
    session.add(row)
    session.flush()
    if waited:
        waiting_mails.end_unsent(event, row)
    return row


def _wording(house: Brand, language: str) -> str:
    """What stands where a visitor's registration says which words they saw."""
    with using(language):
        return _(
            "Entered by staff of %(organisation)s, who were asked to. The person saw no form.", organisation=house.name
        )


def _as_entered(row: Registration, recipient: Recipient, attendance: Attendance) -> Entered:
    contact = contact_of(recipient)
    return Entered(contact.email, contact.first_name, contact.last_name, row.language, attendance, row.party)


def _require_ahead(event: Event) -> None:
    if form_of(event.id) is None:
        raise Conflict(_("This event has no registration. Set it up first"))
    if event.published_at is None or not is_ahead(event, clock.now()):
        raise Conflict(_("This event is off, over or not published"))


def _require_comes(row: Registration, event: Event) -> None:
    session.refresh(row)
    if row.state is not RegistrationState.REGISTERED or not is_ahead(event, clock.now()):
        raise Conflict(_("This registration cannot be changed any more"))


def _require_party(event: Event, party: int) -> None:
    form = form_of(event.id)
    most = form.largest_party if form is not None else 1
    if not 1 <= party <= most:
        raise Refused("party", _("Choose from %(least)d to %(most)d", least=1, most=most))


def _require_seats(event: Event, attendance: Attendance, party: int, but: Registration | None) -> None:
    if attendance not in choices(event):
        raise Refused("attendance", _("Choose one"))
    if is_free(event, attendance, party, but):
        return
    form = form_of(event.id)
    held = held_seats(event.id, clock.now(), but=but.id if but is not None else 0)
    seats = form.capacity if form is not None and form.capacity is not None else 0
    raise Refused(
        "attendance",
        _(
            "Not enough seats are free: %(held)d of %(seats)d are taken or offered. Take somebody off or add seats",
            held=held,
            seats=seats,
        ),
    )


def _told_registered(event: Event, house: Brand, row: Registration, recipient: Recipient) -> bool:
    return _is_held_back(mails.send_registered(event, house, row, recipient, by_staff=True))


def _is_held_back(message_uid: str) -> bool:
    """Whether the only copy of a message does not go out."""
    wanted = select(Delivery.state).join(Message, Message.id == Delivery.message_id).where(Message.uid == message_uid)
    return session.scalars(wanted).one() is DeliveryState.SUPPRESSED


def _name(recipient: Recipient, house: Brand, entered: Entered) -> None:
    """Names that are known stay, as for a visitor's own registration."""
    known = contact_of(recipient)
    first, last = (one_line(name, getattr(entered, name), at_most=LONGEST_NAME) for name in ("first_name", "last_name"))
    change_contact(recipient, house.uid, first_name=known.first_name or first, last_name=known.last_name or last)


def _record(action: str, event: Event, row: Registration, reason: str, **facts: str) -> None:
    audit.record(action, organisation_id=event.organisation_id, subject=subject(row), reason=reason, **facts)
