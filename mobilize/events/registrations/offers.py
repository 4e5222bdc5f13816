"""The waiting list of an event's room: seats that become free are offered in the commit that frees them.

full room -> service.ask (place.wait) -> mail -> /r/<token> -> waiting
seat free -> settle -> offered, mail with a limit -> /g/<token> -> accept | leave | take_stream, or lapsed by the clock

Nothing here commits. Every function takes the lock of the event's row, under which seats are counted.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select

from mobilize.core import clock
from mobilize.core.db import session
from mobilize.core.errors import Conflict
from mobilize.core.i18n import _
from mobilize.core.id_lists import one_of
from mobilize.delivery.models import Recipient
from mobilize.events.models import Attendance, Event
from mobilize.events.registrations import answers, mails, waiting_mails
from mobilize.events.registrations.models import Registration, RegistrationForm, RegistrationState
from mobilize.events.registrations.queries import form_of
from mobilize.events.registrations.rules import WAITS, choices, offer_until
from mobilize.events.registrations.seats import is_free, lock
from mobilize.events.registrations.waiting_list import ORDER, is_open, next_in_line
from mobilize.events.rules import is_ahead
from mobilize.organisations.queries import brand

AT_ONCE = 500


def settle(event: Event, now: datetime) -> bool:
    """End what was held for too long, and offer what is free to who waits; whether there may be more to end."""
    lock(event)
    more = _end_holds(event, now)
    form = form_of(event.id)
    if form is not None:
        _offer(event, form, now)
    return more


def accept(row: Registration, event: Event) -> None:
    """Take the seats that are offered, or, while none are, seats that are free. Repeating changes nothing.

    Raises:
        Conflict: the offer has ended, the event is off or over, or no seats are free.
    """
    settle(event, clock.now())
    session.refresh(row)
    if row.state is RegistrationState.REGISTERED:
        return
    if row.state not in WAITS or not is_ahead(event, clock.now()):
        raise Conflict(_("This offer has ended"))
    form = form_of(event.id)
    is_offered = row.state is RegistrationState.OFFERED
    if not is_offered and not (form is not None and is_open(event, form) and is_free(event, row.attendance, row.party)):
        raise Conflict(_("No seat is free"))
    _register(row, event, row.attendance)


def take_stream(row: Registration, event: Event) -> None:
    """Take part online instead of waiting; seats that were offered go to the next. Repeating changes nothing.

    Raises:
        Conflict: the event cannot be followed online, or is off or over, or the person waits no more.
    """
    lock(event)
    session.refresh(row)
    if row.state is RegistrationState.REGISTERED and row.attendance is Attendance.ONLINE:
        return
    if row.state not in WAITS or not is_ahead(event, clock.now()) or Attendance.ONLINE not in choices(event):
        raise Conflict(_("This cannot be changed any more"))
    _register(row, event, Attendance.ONLINE)
    settle(event, clock.now())


def join(row: Registration, event: Event) -> None:
    """Put somebody who has confirmed at the end of the list; the event is locked."""
    row.state, row.held_until = RegistrationState.WAITING, None
    row.waiting_since = row.changed_at = clock.now()
    session.flush()
    waiting_mails.send_waiting(event, brand(event.organisation_id), row)


def withdraw(event: Event) -> None:
    """Take offers back, without a word: those people wait again, at their places. The event is locked."""
    for row in waiting(event.id):
        row.state, row.held_until = RegistrationState.WAITING, None


def waiting(event_id: int) -> list[Registration]:
    """Who waits or is offered a seat, in the order in which they wait."""
    wanted = select(Registration).where(Registration.event_id == event_id, Registration.state.in_(WAITS))
    return [*session.scalars(wanted.order_by(*ORDER))]


def _register(row: Registration, event: Event, attendance: Attendance) -> None:
    row.state, row.attendance, row.held_until, row.waiting_since = RegistrationState.REGISTERED, attendance, None, None
    row.registered_at = row.changed_at = clock.now()
    mails.send_registered(event, brand(event.organisation_id), row, session.get_one(Recipient, row.recipient_id))
    waiting_mails.end_unsent(event, row)


def _end_holds(event: Event, now: datetime) -> bool:
    wanted = select(Registration).where(Registration.event_id == event.id, Registration.held_until <= now)
    rows = session.scalars(wanted.order_by(Registration.id).limit(AT_ONCE)).all()
    pending = [row for row in rows if row.state is RegistrationState.PENDING]
    lapsed = [row for row in rows if row.state is RegistrationState.OFFERED]
    answers.forget_earlier([row.id for row in pending])
    for row in pending:
        # Their calendar takes a later entry only with a higher SEQUENCE than this row remembers (RFC 5545, 3.8.7.4).
        if row.sequence >= 0:
            row.state, row.held_until, row.changed_at = RegistrationState.LEFT, None, now
    _forget([row.id for row in pending if row.sequence < 0])
    if lapsed:
        _lapse(lapsed, event, now)
    return len(rows) == AT_ONCE


def _forget(pending: list[int]) -> None:
    """People whom nothing else holds are forgotten with their requests; a link that comes late asks again."""
    if pending:
        session.execute(delete(Registration).where(Registration.id.in_(pending)))


def _lapse(rows: list[Registration], event: Event, now: datetime) -> None:
    for row in rows:
        row.state, row.held_until, row.waiting_since, row.changed_at = RegistrationState.LAPSED, None, None, now
    session.flush()
    waiting_mails.send_lapsed(event, brand(event.organisation_id), rows)


def _offer(event: Event, form: RegistrationForm, now: datetime) -> None:
    found = next_in_line(event, form, now)
    if not found:
        return
    until = offer_until(event, form, now)
    rows = session.scalars(select(Registration).where(one_of(Registration.id, found)).order_by(*ORDER)).all()
    for row in rows:
        row.state, row.held_until, row.changed_at = RegistrationState.OFFERED, until, now
    session.flush()
    waiting_mails.send_offers(event, brand(event.organisation_id), rows)
