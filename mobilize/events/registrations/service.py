"""Changes to registrations. Nothing here commits.

Seats are counted under the lock of the event's row, so that two requests at once never take the last one twice. A seat
is held from the moment it is asked for until it is confirmed or ``HOLD`` is over; then it is offered to who waits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from mobilize.core import audit, clock, text
from mobilize.core.db import session
from mobilize.core.errors import Conflict, Refused
from mobilize.core.i18n import _
from mobilize.delivery.forgetting import forget_recipients
from mobilize.delivery.ledger import rowcount
from mobilize.delivery.models import Recipient, RecipientKind, SuppressionReason
from mobilize.delivery.recipients import change_contact, contact_of, find_or_create_recipient
from mobilize.delivery.suppression.service import unsuppress
from mobilize.events.door.forgetting import forget_door
from mobilize.events.door.queries import attended
from mobilize.events.models import Event
from mobilize.events.registrations import answers, mails, offers, waiting_mails
from mobilize.events.registrations.asking import KIND, Place, place_of
from mobilize.events.registrations.models import Registration, RegistrationForm, RegistrationState
from mobilize.events.registrations.queries import form_of, held_seats, registration_of
from mobilize.events.registrations.reminders import end_waiting
from mobilize.events.registrations.rules import CAN_END, WAITS, Door, can_wait, choices, door
from mobilize.events.registrations.seats import is_free, lock
from mobilize.events.service import touch
from mobilize.organisations.queries import Brand, brand
from mobilize.visitors import requests
from mobilize.visitors.limits import may_mail
from mobilize.visitors.sealed_ids import NOBODY

WORKING_ADDRESS_LIFTS = (SuppressionReason.HARD_BOUNCE, SuppressionReason.SOFT_BOUNCES)
"""Opening the mailed link shows that the address works. It says nothing of lists that the person left."""
HOLD = timedelta(minutes=60)
MOST_SEATS = 1_000_000
LONGEST_KEPT = 3650
LARGEST_PARTY = 50
LONGEST_OFFER = 24 * 30


@dataclass(frozen=True)
class FormFacts:
    """How people register: ``wordings`` say by language what happens to their data."""

    is_open: bool = True
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    capacity: int | None = None
    wordings: Mapping[str, str] = field(default_factory=dict)
    keep_days: int = 30
    largest_party: int = 1
    has_waiting_list: bool = True
    offer_hours: int = 24
    offer_stop_hours: int = 48


def change_form(event: Event, facts: FormFacts) -> RegistrationForm:
    """Set how people register for an event; the first time makes its form. Who is registered stays.

    Seats that this frees are offered to those who wait.

    Raises:
        Refused: a value that does not hold, with its field.
    """
    lock(event)
    _require_numbers(event, facts)
    if facts.opens_at is not None and facts.closes_at is not None and facts.closes_at <= facts.opens_at:
        raise Refused("closes_at", _("It has to close after it opens"))
    row = form_of(event.id) or RegistrationForm(event_id=event.id, created_at=clock.now())
    shown = _shown_in_mail(row)
    row.is_open, row.capacity, row.keep_days = facts.is_open, facts.capacity, facts.keep_days
    row.opens_at, row.closes_at = facts.opens_at, facts.closes_at
    row.largest_party, row.has_waiting_list = facts.largest_party, facts.has_waiting_list
    row.offer_hours, row.offer_stop_hours = facts.offer_hours, facts.offer_stop_hours
    row.wordings = text.lines_each("wordings", facts.wordings, at_most=2000)
    session.add(row)
    session.flush()
    if _shown_in_mail(row) != shown:
        touch(event)
    audit.record("registration.form", organisation_id=event.organisation_id, subject=f"event:{event.uid}")
    offers.settle(event, clock.now())
    return row


def _require_numbers(event: Event, facts: FormFacts) -> None:
    """Raises Refused: a number is out of its range, or fewer seats than people have already."""
    ranges = {
        "keep_days": (facts.keep_days, 1, LONGEST_KEPT),
        "largest_party": (facts.largest_party, 1, LARGEST_PARTY),
        "offer_hours": (facts.offer_hours, 1, LONGEST_OFFER),
        "offer_stop_hours": (facts.offer_stop_hours, 0, LONGEST_OFFER),
        **({} if facts.capacity is None else {"capacity": (facts.capacity, 1, MOST_SEATS)}),
    }
    for name, (value, least, most) in ranges.items():
        if not least <= value <= most:
            raise Refused(name, _("Choose from %(least)d to %(most)d", least=least, most=most))
    held = held_seats(event.id, clock.now())
    if facts.capacity is not None and facts.capacity < held:
        raise Refused("capacity", _("%(held)d seats are held already. Take people off first", held=held))


def ask(event: Event, house: Brand, address: str, language: str, place: Place) -> int:
    """Hold a seat and mail the link that confirms it; the id of the request, ``NOBODY`` if nothing is mailed.

    Whoever is registered, or waits, gets a link to their own page instead. The answer to the visitor is the same for
    every address: whether seats are free is asked before it is looked up. In a full room nothing is held for one who
    wants to wait: the link puts them on the list.

    Raises:
        Conflict: registration is not open, or the room is full and they do not wait.
        Refused: more people than one registration can hold.
    """
    offers.settle(event, clock.now())
    _require_open(event, place)
    _require_party(event, place)
    is_free = _require_seat_or_list(event, place)
    if not may_mail(address, house.uid):
        return NOBODY
    recipient = find_or_create_recipient(house.id, house.uid, RecipientKind.PERSON, address, language)
    known = registration_of(event.id, recipient.id)
    if known is not None and known.state in (RegistrationState.REGISTERED, *WAITS):
        mails.send_already(event, house, known, recipient)
        return NOBODY
    request = requests.keep(KIND, event.id, recipient, language, place.payload())
    if request is None:
        return NOBODY
    if is_free:
        _hold_seat(event, known, recipient, language, place)
        offers.settle(event, clock.now())
    mails.send_link(event, house, request.id, recipient, language, waits=not is_free)
    return request.id


def confirm(request_id: int) -> Registration:
    """Register the person who asked, or let them wait; repeating gives the same registration and mails nothing.

    A seat that was held for too long is taken again if there is still one. Who wanted to wait gets a seat at once if
    one is free by now. Names that are known stay, as for sign-ups.

    Raises:
        NotFound: the request is forgotten.
        Conflict: registration has closed, or the room filled up after the seat was given back.
    """
    waiting = requests.find(KIND, request_id)
    event = session.get_one(Event, waiting.subject_id) if waiting is not None else None
    if event is not None:
        offers.settle(event, clock.now())
    request = requests.confirm_once(KIND, request_id)
    if request is None or event is None:
        return _confirmed_before(request_id)
    place, recipient = place_of(request), session.get_one(Recipient, request.recipient_id)
    known = registration_of(event.id, recipient.id)
    if known is not None and known.state is RegistrationState.REGISTERED:
        return known
    _require_open(event, place)
    is_free = _require_seat_or_list(event, place, but=known)
    if known is not None and known.state in WAITS and not is_free:
        return known
    row = _hold_seat(event, known, recipient, request.language, place)
    house = brand(event.organisation_id)
    _name(recipient, house, place)
    unsuppress(house.id, recipient.address_index, WORKING_ADDRESS_LIFTS)
    answers.keep(event.id, recipient.id, place.answers)
    if is_free:
        row.state, row.held_until, row.registered_at = RegistrationState.REGISTERED, None, clock.now()
        row.waiting_since = None
        mails.send_registered(event, house, row, recipient)
    else:
        offers.join(row, event)
    offers.settle(event, clock.now())
    return row


def leave(row: Registration, event: Event) -> None:
    """The person does not come, or waits no more; their calendar entry is taken back by mail. Repeating is nothing.

    Their seats are offered to the next in the same commit.
    """
    _end(row, event, RegistrationState.LEFT, told=True)


def remove(row: Registration, event: Event, reason: str, *, told: bool) -> None:
    """Staff take somebody off, with a reason for the trail; ``told``: they get a mail that takes the entry back.

    Their seats are offered to the next in the same commit.
    """
    if _end(row, event, RegistrationState.REMOVED, told=told):
        audit.record(
            "registration.removed",
            organisation_id=event.organisation_id,
            subject=f"registration:{row.uid}",
            reason=reason,
        )


def forget_registrants(event_id: int, at_most: int) -> bool:
    """Forget some of an event's people; the counts by state stay with its form. Whether there may be more."""
    wanted = select(Registration).where(Registration.event_id == event_id).order_by(Registration.id).limit(at_most)
    rows = session.scalars(wanted.with_for_update()).all()
    form = form_of(event_id)
    if form is not None:
        sums = Counter(form.sums)
        sums.update(row.state.value for row in rows)
        sums["attended"] += attended([row.id for row in rows])
        sums["walk_ins"] += forget_door(event_id) if len(rows) < at_most else 0
        sums["seats"] += sum(row.party for row in rows if row.state is RegistrationState.REGISTERED)
        form.sums = {name: number for name, number in sums.items() if number}
    answers.forget(event_id, [row.recipient_id for row in rows])
    session.execute(delete(Registration).where(Registration.id.in_([row.id for row in rows])))
    forget_recipients([row.recipient_id for row in rows])
    return len(rows) == at_most


def close(recipient_id: int, _address: str) -> None:
    """The person is being erased: they come to nothing any more, and no mail says so."""
    for row in session.scalars(select(Registration).where(Registration.recipient_id == recipient_id)):
        if row.state in CAN_END:
            row.state, row.held_until, row.changed_at = RegistrationState.LEFT, None, clock.now()
            row.waiting_since = None


def erase(recipient_id: int) -> bool:
    """Delete what is left of an erased person; false once there is nothing."""
    result = session.execute(delete(Registration).where(Registration.recipient_id == recipient_id))
    return rowcount(result) > 0


def _end(row: Registration, event: Event, state: RegistrationState, *, told: bool) -> bool:
    lock(event)
    session.refresh(row)
    was = row.state
    if was not in CAN_END:
        return False
    row.state, row.held_until, row.waiting_since, row.changed_at = state, None, None, clock.now()
    end_waiting(row)
    if told and was is RegistrationState.REGISTERED:
        mails.send_left(event, brand(event.organisation_id), row, session.get_one(Recipient, row.recipient_id))
    if told and was in WAITS:
        waiting_mails.send_ended(event, brand(event.organisation_id), row)
    offers.settle(event, clock.now())
    return True


def _shown_in_mail(row: RegistrationForm) -> tuple[object, ...]:
    """What mailings with the way to register depend on."""
    return row.is_open, row.opens_at, row.closes_at, row.capacity


def _require_open(event: Event, place: Place) -> None:
    is_offered = place.attendance in choices(event)
    if door(event, form_of(event.id), clock.now()) is not Door.OPEN or not is_offered:
        raise Conflict(_("Registration is closed"))


def _require_party(event: Event, place: Place) -> None:
    form = form_of(event.id)
    if form is not None and not 1 <= place.party <= form.largest_party:
        raise Refused("party", _("Choose from %(least)d to %(most)d", least=1, most=form.largest_party))


def _require_seat_or_list(event: Event, place: Place, but: Registration | None = None) -> bool:
    """Whether seats are free for all of a party; those of ``but`` count as free.

    Raises:
        Conflict: they are not, and the person does not want to wait or cannot.
    """
    form = form_of(event.id)
    if is_free(event, place.attendance, place.party, but):
        return True
    if form is None or not (place.wait and can_wait(form, place.party)):
        raise Conflict(_("Not enough seats are free") if place.party > 1 else _("No seat is free"))
    return False


def _hold_seat(
    event: Event, known: Registration | None, recipient: Recipient, language: str, place: Place
) -> Registration:
    row = known or Registration(event_id=event.id, recipient_id=recipient.id)
    row.state, row.attendance, row.language = RegistrationState.PENDING, place.attendance, language
    row.wording, row.changed_at, row.held_until = place.wording, clock.now(), clock.now() + HOLD
    row.group_uid, row.entry, row.party = place.group, place.entry, place.party
    session.add(row)
    session.flush()
    return row


def _confirmed_before(request_id: int) -> Registration:
    """Raises Conflict: they left, or were taken off, after they had confirmed through this link."""
    request = requests.find(KIND, request_id)
    row = registration_of(request.subject_id, request.recipient_id) if request is not None else None
    if row is None or row.state not in (RegistrationState.REGISTERED, *WAITS):
        raise Conflict(_("This registration has ended. To come after all, register once more"))
    return row


def _name(recipient: Recipient, house: Brand, place: Place) -> None:
    known = contact_of(recipient)
    change_contact(
        recipient,
        house.uid,
        first_name=known.first_name or place.first_name,
        last_name=known.last_name or place.last_name,
    )
