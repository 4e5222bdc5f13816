"""Many requests at once for forty seats, alone and in parties, by visitors and staff: no seat is taken twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from flask import Flask
from sqlalchemy import select

from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.core.errors import Conflict, Refused
from mobilize.core.settings import Settings
from mobilize.delivery.models import Delivery
from mobilize.events.models import Attendance, Event
from mobilize.events.queries import event_by_slug
from mobilize.events.registrations import offers, service, staff
from mobilize.events.registrations.asking import Place
from mobilize.events.registrations.models import Registration, RegistrationState
from mobilize.events.registrations.queries import counts, form_of, held_seats
from mobilize.events.registrations.seats import free_seats
from mobilize.events.registrations.service import FormFacts, change_form
from mobilize.events.registrations.staff import Entered
from mobilize.organisations.queries import Brand
from tests.events.conftest import BEFORE

SEATS, PEOPLE, THREADS = 40, 200, 20
CONFIRMED = 70


def at_once(act: Callable[[int], None], numbers: Iterable[int]) -> None:
    """Each in a transaction of its own; one that is refused writes nothing."""

    def one(number: int) -> None:
        with clock.frozen(BEFORE), db.writing():
            try:
                act(number)
            except (Conflict, Refused):
                db.abandon()

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(one, numbers))


def test_forty_seats_are_taken_once_and_offered_once(
    settings: Settings, app: Flask, house: Brand, lecture: str
) -> None:
    with db.writing(), clock.frozen(BEFORE):
        event = event_by_slug(house.id, lecture)
        change_form(event, FormFacts(capacity=SEATS, largest_party=3))
        event_id = event.id
    requests: dict[int, int] = {}

    def ask(number: int) -> None:
        place = Place("", "", Attendance.VENUE, "", party=number % 3 + 1, wait=True)
        address = f"person{number}@example.org"
        requests[number] = service.ask(session.get_one(Event, event_id), house, address, "en", place)

    at_once(ask, range(PEOPLE))
    assert len(requests) == PEOPLE
    assert seats(event_id) == (SEATS, 0)
    at_once(lambda number: confirm(requests[number]), range(CONFIRMED))
    assert seats(event_id) == (SEATS, 0)
    found = states(event_id)
    assert found[RegistrationState.REGISTERED] + found[RegistrationState.WAITING] == CONFIRMED
    in_room = ids(event_id, RegistrationState.REGISTERED)
    at_once(lambda row: service.leave(*both(row, event_id)), in_room)
    held, free = seats(event_id)
    assert held + free == SEATS
    assert free < 3, "a party of three is passed over while fewer seats are free, smaller ones are not"
    offered = ids(event_id, RegistrationState.OFFERED)
    at_once(lambda row: offers.accept(*both(row, event_id)), offered * 2)
    assert offered == ids(event_id, RegistrationState.REGISTERED)
    assert seats(event_id) == (held, free)


def test_staff_and_visitors_at_once_never_take_more_seats_than_there_are(
    settings: Settings, app: Flask, house: Brand, lecture: str
) -> None:
    """Every fourth person is added by staff, some of them alone and some in parties; who gets no seat is refused."""
    with db.writing(), clock.frozen(BEFORE):
        event = event_by_slug(house.id, lecture)
        change_form(event, FormFacts(capacity=SEATS, largest_party=3, has_waiting_list=False))
        event_id = event.id

    def come(number: int) -> None:
        event, party = session.get_one(Event, event_id), number % 3 + 1
        address = f"somebody{number}@example.org"
        if number % 4 == 0:
            entered = Entered(address, "", "", "en", Attendance.VENUE, party)
            staff.add(event, house, entered, "Asked by telephone", told=True)
        else:
            place = Place("", "", Attendance.VENUE, "", party=party)
            service.confirm(service.ask(event, house, address, "en", place))

    at_once(come, range(100))
    held, free = seats(event_id)
    assert held + free == SEATS
    assert free < 3
    with db.reading():
        own = Registration.event_id == event_id
        rows = session.scalars(select(Registration).where(own)).all()
        assert {row.state for row in rows} == {RegistrationState.REGISTERED}
        assert sum(row.party for row in rows) == held
        told = select(Delivery.recipient_id).where(
            Delivery.calendar_key == f"event:{session.get_one(Event, event_id).uid}"
        )
        assert sorted(session.scalars(told)) == sorted(row.recipient_id for row in rows)


def confirm(request: int) -> None:
    service.confirm(request)


def both(row: int, event_id: int) -> tuple[Registration, Event]:
    return session.get_one(Registration, row), session.get_one(Event, event_id)


def ids(event_id: int, state: RegistrationState) -> list[int]:
    with db.reading():
        wanted = select(Registration.id).where(Registration.event_id == event_id, Registration.state == state)
        return [*session.scalars(wanted.order_by(Registration.id))]


def states(event_id: int) -> dict[RegistrationState, int]:
    with db.reading():
        return dict(counts(event_id))


def seats(event_id: int) -> tuple[int, int]:
    """Held or offered, and free."""
    with db.reading(), clock.frozen(BEFORE):
        event, form = session.get_one(Event, event_id), form_of(event_id)
        assert form is not None
        return held_seats(event_id, BEFORE), free_seats(event, form, BEFORE) or 0
