"""Random histories of a room (people ask, confirm, leave, accept; seats and hours change) against a plain-Python model.

After every step: what the model says of everybody is what the database holds, and held + offered + free = capacity.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.core.errors import Conflict, Refused
from mobilize.core.settings import Settings
from mobilize.core.when import timed
from mobilize.delivery.models import Content, Delivery, RecipientKind
from mobilize.delivery.recipients import find_recipient
from mobilize.events.models import Attendance, Event
from mobilize.events.registrations import offers, service, tick_steps
from mobilize.events.registrations.asking import Place
from mobilize.events.registrations.models import Registration, RegistrationState
from mobilize.events.registrations.queries import form_of, registration_of
from mobilize.events.registrations.seats import free_seats
from mobilize.events.registrations.service import FormFacts, change_form
from mobilize.events.registrations.waiting_list import position
from mobilize.events.service import Facts, create_event, publish
from mobilize.organisations.queries import Brand
from mobilize.visitors.sealed_ids import NOBODY
from tests.events.conftest import BEFORE, wall

PEOPLE = 6
STARTS = datetime.fromisoformat("2018-05-14T17:00+00:00")
_numbers = count(1)
_person, _party = st.integers(0, PEOPLE - 1), st.integers(1, 3)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("register"), _person, _party),
        st.tuples(st.just("register"), _person, _party),
        st.tuples(st.just("ask"), _person, _party),
        st.tuples(st.just("confirm"), st.integers(0, 3), st.just(0)),
        st.tuples(st.just("leave"), _person, st.just(0)),
        st.tuples(st.just("accept"), _person, st.just(0)),
        st.tuples(st.just("stream"), _person, st.just(0)),
        st.tuples(st.just("seats"), st.integers(1, 6), st.just(0)),
        st.tuples(st.just("open"), st.integers(0, 1), st.just(0)),
        st.tuples(st.just("wait"), st.sampled_from((30, 61, 600, 1440, 4000)), st.just(0)),
    ),
    min_size=6,
    max_size=18,
)
FULL = (("register", 0, 1), ("register", 1, 1), ("register", 2, 2), ("register", 3, 1))
"""Every history begins with a full room of two seats, a party of two that waits, and one more person behind it."""


@dataclass
class Somebody:
    """A person in the model."""

    state: str
    party: int
    until: datetime | None = None
    since: int = 0
    online: bool = False


@dataclass
class Room:
    """The rules of the waiting list once more, over dictionaries."""

    capacity: int = 2
    is_open: bool = True
    people: dict[int, Somebody] = field(default_factory=dict)
    turn: int = 0
    offers: int = 0

    def held(self, now: datetime, but: int = -1) -> int:
        takes = {"pending", "registered", "offered"}
        return sum(
            one.party
            for number, one in self.people.items()
            if number != but and one.state in takes and not one.online and (one.until is None or one.until > now)
        )

    def settle(self, now: datetime) -> None:
        for number, one in [*self.people.items()]:
            if one.until is not None and one.until <= now:
                if one.state == "pending":
                    del self.people[number]
                else:
                    one.state, one.until = "lapsed", None
        if not self.is_open or now >= STARTS - timedelta(hours=48):
            return
        for one in self.line():
            if one.party <= self.capacity - self.held(now):
                one.state, one.until = "offered", min(now + timedelta(hours=24), STARTS)
                self.offers += 1

    def line(self) -> list[Somebody]:
        return sorted((one for one in self.people.values() if one.state == "waiting"), key=lambda one: one.since)

    def may_ask(self, now: datetime, party: int) -> bool:
        """Whether seats are free; raises Conflict where one cannot even wait."""
        if not self.is_open or now >= STARTS + timedelta(hours=2):
            raise Conflict("closed")
        if party > self.capacity - self.held(now) and party > self.capacity:
            raise Conflict("never")
        return party <= self.capacity - self.held(now)

    def ask(self, number: int, party: int, now: datetime, *, is_mailed: bool) -> None:
        self.settle(now)
        is_free = self.may_ask(now, party)
        known = self.people.get(number)
        if is_mailed and is_free and not (known and known.state in ("registered", "waiting", "offered")):
            self.people[number] = Somebody("pending", party, now + timedelta(minutes=60))
            self.settle(now)

    def confirm(self, number: int, party: int, now: datetime) -> None:
        self.settle(now)
        known = self.people.get(number)
        if known and known.state == "registered":
            return
        own = self.held(now) - self.held(now, but=number)
        is_free = self.is_open and party <= self.capacity - self.held(now) + own
        if not is_free:
            self.may_ask(now, party)
        elif now >= STARTS + timedelta(hours=2):
            raise Conflict("over")
        if is_free:
            self.people[number] = Somebody("registered", party)
        elif not (known and known.state in ("waiting", "offered")):
            self.turn += 1
            self.people[number] = Somebody("waiting", party, since=self.turn)
        self.settle(now)

    def leave(self, number: int, now: datetime) -> None:
        known = self.people.get(number)
        if known and known.state in ("pending", "registered", "waiting", "offered"):
            self.people[number] = Somebody("left", known.party, online=known.online)
            self.settle(now)

    def accept(self, number: int, now: datetime) -> None:
        self.settle(now)
        one = self.people[number]
        if one.state == "registered":
            return
        fits = one.state == "waiting" and self.is_open and one.party <= self.capacity - self.held(now)
        if now >= STARTS + timedelta(hours=2) or not (one.state == "offered" or fits):
            raise Conflict("no seat")
        one.state, one.until = "registered", None

    def stream(self, number: int, now: datetime) -> None:
        one = self.people[number]
        if one.state == "registered" and one.online:
            return
        if now >= STARTS + timedelta(hours=2) or one.state not in ("waiting", "offered"):
            raise Conflict("waits no more")
        one.state, one.until, one.online = "registered", None, True
        self.settle(now)


@dataclass
class World:
    """An event with the model beside it; a step that is refused changes neither."""

    house: Brand
    event_id: int
    title: str
    installation: Settings
    now: datetime = BEFORE
    room: Room = field(default_factory=Room)
    asked: list[tuple[int, int, int]] = field(default_factory=list)
    """Request, person and party of every link that nobody has pressed yet."""

    def both(self, real: Callable[[Event], int], model: Callable[[Room, int], None]) -> None:
        """Do it, then let the model do it with what came back; both refuse it, or neither does."""
        given, is_refused, room = 0, False, deepcopy(self.room)
        with db.writing():
            try:
                given = real(session.get_one(Event, self.event_id))
            except (Conflict, Refused):
                db.abandon()
                is_refused = True
        try:
            model(room, given)
        except Conflict:
            assert is_refused
        else:
            assert not is_refused
            self.room = room

    def ask(self, number: int, party: int) -> None:
        place = Place("", "", Attendance.VENUE, "", party=party, wait=True)

        def model(room: Room, request: int) -> None:
            room.ask(number, party, self.now, is_mailed=request != NOBODY)
            if request != NOBODY:
                self.asked.append((request, number, party))

        self.both(lambda event: service.ask(event, self.house, self._address(number), "en", place), model)

    def confirm(self, index: int, _party: int = 0) -> None:
        if index < len(self.asked):
            request, number, party = self.asked.pop(index)
            self.both(lambda _: service.confirm(request).id, lambda room, _: room.confirm(number, party, self.now))

    def register(self, number: int, party: int) -> None:
        before = len(self.asked)
        self.ask(number, party)
        self.confirm(before)

    def leave(self, number: int, _party: int) -> None:
        self._press(number, service.leave, lambda room, _: room.leave(number, self.now))

    def accept(self, number: int, _party: int) -> None:
        self._press(number, offers.accept, lambda room, _: room.accept(number, self.now))

    def stream(self, number: int, _party: int) -> None:
        self._press(number, offers.take_stream, lambda room, _: room.stream(number, self.now))

    def seats(self, capacity: int, _party: int) -> None:
        self._change(capacity, is_open=self.room.is_open)

    def open(self, is_open: int, _party: int) -> None:
        self._change(self.room.capacity, is_open=bool(is_open))

    def wait(self, minutes: int, _party: int) -> None:
        self.now += timedelta(minutes=minutes)
        with clock.frozen(self.now):
            tick_steps.end_holds(self.now, self.installation)
        self.room.settle(self.now)

    def check(self) -> None:
        with db.reading():
            rows = session.scalars(select(Registration).where(Registration.event_id == self.event_id)).all()
            found = [
                (row.state.value, row.party, row.attendance is Attendance.ONLINE, str(row.held_until)) for row in rows
            ]
            people = self.room.people.values()
            assert sorted(found) == sorted((one.state, one.party, one.online, str(one.until)) for one in people)
            form = form_of(self.event_id)
            assert form is not None
            free = free_seats(session.get_one(Event, self.event_id), form, self.now)
            assert self.room.held(self.now) + (free or 0) == form.capacity
            line = [row for row in rows if row.state is RegistrationState.WAITING]
            assert sorted(position(row) for row in line) == [*range(1, len(line) + 1)]
            assert self._offers_mailed() == self.room.offers

    def _change(self, capacity: int, *, is_open: bool) -> None:
        def model(room: Room, _given: int) -> None:
            if capacity < room.held(self.now):
                raise Conflict("more seats are held")
            room.capacity, room.is_open = capacity, is_open
            room.settle(self.now)

        facts = FormFacts(is_open=is_open, capacity=capacity, largest_party=3)
        self.both(lambda event: change_form(event, facts).id, model)

    def _press(
        self, number: int, act: Callable[[Registration, Event], None], model: Callable[[Room, int], None]
    ) -> None:
        """A button on somebody's own page; who is not in the model never had a link to one."""
        if number in self.room.people:

            def real(event: Event) -> int:
                person = find_recipient(self.house.id, self.house.uid, RecipientKind.PERSON, self._address(number))
                row = registration_of(event.id, person.id) if person is not None else None
                assert row is not None
                act(row, event)
                return row.id

            self.both(real, model)

    def _address(self, number: int) -> str:
        return f"somebody{number}-of-{self.event_id}@example.org"

    def _offers_mailed(self) -> int:
        mailed = select(func.count()).select_from(Delivery).join(Content, Content.id == Delivery.content_id)
        is_offer = Content.source["template"].as_string() == "events/offer"
        is_ours = Content.source["fixed"]["title"].as_string() == self.title
        return session.scalar(mailed.where(is_offer, is_ours)) or 0


def make_world(house: Brand, installation: Settings) -> World:
    title = f"lecture-{next(_numbers)}"
    with db.writing():
        when = timed(house.timezone, wall(2018, 5, 14, 19), wall(2018, 5, 14, 21))
        event = create_event(house.id, title, Facts({"en": title}, attendance=Attendance.BOTH), when)
        publish(event)
        change_form(event, FormFacts(capacity=2, largest_party=3))
        return World(house, event.id, title, installation)


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=(Phase.explicit, Phase.generate),  # shrinking a history on a database takes minutes
)
@given(STEPS)
def test_no_history_takes_more_seats_than_there_are(
    house: Brand, installation: Settings, steps: list[tuple[str, int, int]]
) -> None:
    with clock.frozen(BEFORE):
        world = make_world(house, installation)
    for verb, number, party in (*FULL, *steps):
        with clock.frozen(world.now):
            getattr(world, verb)(number, party)
            world.check()
