"""Changes to registrations. Nothing here commits.

Seats are counted under the lock of the event's row, so that two requests at once never take the last one twice. A seat
is held from the moment it is asked for until it is confirmed or ``HOLD`` is over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from mobilize.core import audit, clock
from mobilize.core.db import session
from mobilize.core.errors import Conflict, Refused
from mobilize.core.i18n import _
from mobilize.delivery.bases import Basis
from mobilize.delivery.forgetting import forget_recipients
from mobilize.delivery.ledger import rowcount
from mobilize.delivery.models import BasisKind, Recipient, RecipientKind, SuppressionReason
from mobilize.delivery.recipients import change_contact, contact_of, find_or_create_recipient
from mobilize.delivery.suppression.service import revoke_for, unsuppress
from mobilize.events.door.queries import attended
from mobilize.events.models import Attendance, Event
from mobilize.events.registrations import answers, mails
from mobilize.events.registrations.asking import KIND, Place, place_of
from mobilize.events.registrations.models import Registration, RegistrationForm, RegistrationState
from mobilize.events.registrations.queries import ended_holds, form_of, held_seats, registration_of
from mobilize.events.registrations.rules import HOLDS_A_SEAT, Door, choices, door, has_seat
from mobilize.events.service import touch
from mobilize.organisations.queries import Brand, brand
from mobilize.organisations.rules import lines
from mobilize.visitors import requests
from mobilize.visitors.limits import may_mail
from mobilize.visitors.sealed_ids import NOBODY

WORKING_ADDRESS_LIFTS = (SuppressionReason.HARD_BOUNCE, SuppressionReason.SOFT_BOUNCES)
"""Opening the mailed link shows that the address works. It says nothing of lists that the person left."""
HOLD = timedelta(minutes=60)
MOST_SEATS = 1_000_000
LONGEST_KEPT = 3650


@dataclass(frozen=True)
class FormFacts:
    """How people register: ``wordings`` say by language what happens to their data."""

    is_open: bool = True
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    capacity: int | None = None
    wordings: Mapping[str, str] = field(default_factory=dict)
    keep_days: int = 30


def change_form(event: Event, facts: FormFacts) -> RegistrationForm:
    """Set how people register for an event; the first time makes its form. Who is registered stays.

    Raises:
        Refused: a value that does not hold, with its field.
    """
    if facts.capacity is not None and not 1 <= facts.capacity <= MOST_SEATS:
        raise Refused("capacity", _("Choose from 1 to %(most)d", most=MOST_SEATS))
    if not 1 <= facts.keep_days <= LONGEST_KEPT:
        raise Refused("keep_days", _("Choose from 1 to %(most)d", most=LONGEST_KEPT))
    if facts.opens_at is not None and facts.closes_at is not None and facts.closes_at <= facts.opens_at:
        raise Refused("closes_at", _("It has to close after it opens"))
    _lock(event)
    row = form_of(event.id) or RegistrationForm(event_id=event.id, created_at=clock.now())
    shown = _shown_in_mail(row)
    row.is_open, row.capacity, row.keep_days = facts.is_open, facts.capacity, facts.keep_days
    row.opens_at, row.closes_at = facts.opens_at, facts.closes_at
    checked = {code: lines("wordings", words, at_most=2000) for code, words in facts.wordings.items()}
    row.wordings = {code: words for code, words in checked.items() if words}
    session.add(row)
    session.flush()
    if _shown_in_mail(row) != shown:
        touch(event)
    audit.record("registration.form", organisation_id=event.organisation_id, subject=f"event:{event.uid}")
    return row


def ask(event: Event, house: Brand, address: str, language: str, place: Place) -> int:
    """Hold a seat and mail the link that confirms it; the id of the request, ``NOBODY`` if nothing is mailed.

    Whoever is registered gets a link to their registration instead. The answer to the visitor is the same for every
    address: whether a seat is free is asked before it is looked up.

    Raises:
        Conflict: registration is not open, or the room is full.
    """
    _lock(event)
    _require_open(event, place)
    _require_seat(event, place.attendance)
    if not may_mail(address, house.uid):
        return NOBODY
    recipient = find_or_create_recipient(house.id, house.uid, RecipientKind.PERSON, address, language)
    known = registration_of(event.id, recipient.id)
    if known is not None and known.state is RegistrationState.REGISTERED:
        mails.send_already(event, house, known, recipient)
        return NOBODY
    request = requests.keep(KIND, event.id, recipient, language, place.payload())
    if request is None:
        return NOBODY
    _hold_seat(event, known, recipient, language, place)
    mails.send_link(event, house, request.id, recipient, language)
    return request.id


def confirm(request_id: int) -> Registration:
    """Register the person who asked; repeating gives the same registration and mails nothing.

    A seat that was held for too long is taken again if there is still one. Names that are known stay, as for sign-ups.

    Raises:
        NotFound: the request is forgotten.
        Conflict: registration has closed, or the room filled up after the seat was given back.
    """
    waiting = requests.find(KIND, request_id)
    event = session.get_one(Event, waiting.subject_id) if waiting is not None else None
    if event is not None:
        _lock(event)
    request = requests.confirm_once(KIND, request_id)
    if request is None or event is None:
        return _confirmed_before(request_id)
    place, recipient = place_of(request), session.get_one(Recipient, request.recipient_id)
    known = registration_of(event.id, recipient.id)
    if known is not None and known.state is RegistrationState.REGISTERED:
        return known
    _require_open(event, place)
    _require_seat(event, place.attendance, but=known)
    row = _hold_seat(event, known, recipient, request.language, place)
    house = brand(event.organisation_id)
    _name(recipient, house, place)
    unsuppress(house.id, recipient.address_index, WORKING_ADDRESS_LIFTS)
    row.state, row.held_until, row.registered_at = RegistrationState.REGISTERED, None, clock.now()
    answers.keep(event.id, recipient.id, place.answers)
    mails.send_registered(event, house, row, recipient)
    return row


def leave(row: Registration, event: Event) -> None:
    """The person does not come; their calendar entry is taken back by mail. Repeating is nothing."""
    _end(row, event, RegistrationState.LEFT, told=True)


def remove(row: Registration, event: Event, reason: str, *, told: bool) -> None:
    """Staff take somebody off, with a reason for the trail; ``told``: they get a mail that takes the entry back."""
    if _end(row, event, RegistrationState.REMOVED, told=told):
        audit.record(
            "registration.removed", organisation_id=event.organisation_id, subject=f"event:{event.uid}", reason=reason
        )


def end_holds(now: datetime, at_most: int) -> bool:
    """Give back the seats of those who did not confirm in time; whether there may be more.

    People whom nothing else holds are forgotten with their requests. A link that comes late asks for a seat again.
    """
    due = session.scalars(ended_holds(now).order_by(Registration.id).limit(at_most).with_for_update()).all()
    answers.forget_earlier(due)
    session.execute(delete(Registration).where(Registration.id.in_(due)))
    return len(due) == at_most


def forget_registrants(event_id: int, at_most: int) -> bool:
    """Forget some of an event's people; the counts by state stay with its form. Whether there may be more."""
    wanted = select(Registration).where(Registration.event_id == event_id).order_by(Registration.id).limit(at_most)
    rows = session.scalars(wanted.with_for_update()).all()
    form = form_of(event_id)
    if form is not None:
        sums = Counter(form.sums)
        sums.update(row.state.value for row in rows)
        sums["attended"] += attended([row.id for row in rows])
        form.sums = {name: number for name, number in sums.items() if number}
    answers.forget(event_id, [row.recipient_id for row in rows])
    session.execute(delete(Registration).where(Registration.id.in_([row.id for row in rows])))
    forget_recipients([row.recipient_id for row in rows])
    return len(rows) == at_most


def close(recipient_id: int, _address: str) -> None:
    """The person is being erased: they come to nothing any more, and no mail says so."""
    for row in session.scalars(select(Registration).where(Registration.recipient_id == recipient_id)):
        if row.state in HOLDS_A_SEAT:
            row.state, row.held_until, row.changed_at = RegistrationState.LEFT, None, clock.now()


def erase(recipient_id: int) -> bool:
    """Delete what is left of an erased person; false once there is nothing."""
    result = session.execute(delete(Registration).where(Registration.recipient_id == recipient_id))
    return rowcount(result) > 0


def _end(row: Registration, event: Event, state: RegistrationState, *, told: bool) -> bool:
    _lock(event)
    session.refresh(row)
    was = row.state
    if was not in HOLDS_A_SEAT:
        return False
    row.state, row.held_until, row.changed_at = state, None, clock.now()
    # A launch that reads this person waits for the lock, or has committed the row that is revoked here.
    session.execute(select(Recipient.id).where(Recipient.id == row.recipient_id).with_for_update())
    revoke_for(row.recipient_id, Basis(BasisKind.REGISTRATION, row.id), ())
    if told and was is RegistrationState.REGISTERED:
        mails.send_left(event, brand(event.organisation_id), row, session.get_one(Recipient, row.recipient_id))
    return True


def _shown_in_mail(row: RegistrationForm) -> tuple[object, ...]:
    """What mailings with the way to register depend on."""
    return row.is_open, row.opens_at, row.closes_at, row.capacity


def _lock(event: Event) -> None:
    """Whoever counts or takes seats of an event waits for whoever does; SQLite has one writer anyway."""
    session.refresh(event, with_for_update=True)


def _require_open(event: Event, place: Place) -> None:
    is_offered = place.attendance in choices(event)
    if door(event, form_of(event.id), clock.now()) is not Door.OPEN or not is_offered:
        raise Conflict(_("Registration is closed"))


def _require_seat(event: Event, attendance: Attendance, but: Registration | None = None) -> None:
    form = form_of(event.id)
    held = held_seats(event.id, clock.now(), but=but.id if but is not None else 0)
    if form is None or not has_seat(form.capacity, held, attendance):
        raise Conflict(_("No seat is free"))


def _hold_seat(
    event: Event, known: Registration | None, recipient: Recipient, language: str, place: Place
) -> Registration:
    row = known or Registration(event_id=event.id, recipient_id=recipient.id)
    row.state, row.attendance, row.language = RegistrationState.PENDING, place.attendance, language
    row.wording, row.changed_at, row.held_until = place.wording, clock.now(), clock.now() + HOLD
    row.group_uid, row.entry = place.group, place.entry
    session.add(row)
    session.flush()
    return row


def _confirmed_before(request_id: int) -> Registration:
    """Raises Conflict: they left, or were taken off, after they had confirmed through this link."""
    request = requests.find(KIND, request_id)
    row = registration_of(request.subject_id, request.recipient_id) if request is not None else None
    if row is None or row.state is not RegistrationState.REGISTERED:
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
