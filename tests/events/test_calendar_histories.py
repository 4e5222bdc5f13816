"""Random histories of one event, read as calendars of its people: two libraries read each mail, and all agree with it.

People register, leave, change what their calendar shows; the event moves, is postponed, goes online, is cancelled;
mails arrive late. Whoever gets what waits has, after every step, exactly the entry that the event now has for them.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import NamedTuple

import icalendar
import vobject
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.core.errors import Conflict, Refused
from mobilize.core.settings import Settings
from mobilize.core.when import dated, timed
from mobilize.delivery.models import Content, Delivery, DeliveryState
from mobilize.delivery.rules import WAITING
from mobilize.events import changes
from mobilize.events.models import Attendance, Event
from mobilize.events.registrations import service
from mobilize.events.registrations.asking import Place
from mobilize.events.registrations.changing import OwnChanges, change
from mobilize.events.registrations.models import EntryChoice, Registration, RegistrationState
from mobilize.events.registrations.service import FormFacts, change_form
from mobilize.events.rules import OFF
from mobilize.events.service import Facts, create_event, publish
from mobilize.organisations.queries import Brand
from mobilize.visitors.sealed_ids import NOBODY
from tests.events.conftest import BEFORE, wall

PEOPLE = 4
_numbers = count(1)
_person = st.integers(0, PEOPLE - 1)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("register"), _person),
        st.tuples(st.just("register"), _person),
        st.tuples(st.just("leave"), _person),
        st.tuples(st.just("show"), st.integers(0, 3 * PEOPLE - 1)),
        st.tuples(st.just("move"), st.integers(1, 40)),
        st.tuples(st.just("move"), st.integers(1, 40)),
        st.tuples(st.just("move_to_day"), st.integers(1, 40)),
        st.tuples(st.just("postpone"), st.just(0)),
        st.tuples(st.just("go_online"), st.just(0)),
        st.tuples(st.just("deliver"), st.integers(1, 3)),
        st.tuples(st.just("deliver"), st.integers(1, 3)),
        st.tuples(st.just("cancel"), st.just(0)),
    ),
    min_size=6,
    max_size=16,
)
SHOWN = (EntryChoice.EVENT, EntryChoice.BUSY, EntryChoice.NONE)


class Shown(NamedTuple):
    """An entry in somebody's calendar."""

    start: object
    end: object
    summary: str


@dataclass
class Calendar:
    """One person's calendar, as their program keeps it; the highest SEQUENCE that came stays known."""

    sequence: int = -1
    shown: Shown | None = None

    def take(self, text: str) -> None:
        """A mail arrives: REQUEST shows the entry, CANCEL removes it; the number strictly rises (RFC 5546, 2.1.4).

        A CANCEL may take the place of a REQUEST that had not left: whoever has no such entry ignores it.
        """
        method, sequence, entry = read_by_one(text)
        assert (method, sequence, entry) == read_by_another(text)
        assert sequence > self.sequence
        assert method in ("REQUEST", "CANCEL")
        self.sequence, self.shown = sequence, entry if method == "REQUEST" else None


def read_by_one(text: str) -> tuple[str, int, Shown]:
    calendar = icalendar.Calendar.from_ical(text)
    (event,) = calendar.walk("VEVENT")
    start, end = (event.decoded(name) if name in event else None for name in ("DTSTART", "DTEND"))
    return str(calendar["METHOD"]), int(event["SEQUENCE"]), Shown(_plain(start), _plain(end), str(event["SUMMARY"]))


def read_by_another(text: str) -> tuple[str, int, Shown]:
    calendar = vobject.readOne(text)
    (event,) = calendar.vevent_list
    start, end = event.dtstart.value, event.dtend.value if hasattr(event, "dtend") else None
    entry = Shown(_plain(start), _plain(end), event.summary.value)
    return calendar.method.value, int(event.sequence.value), entry


def _plain(value: object) -> object:
    """A moment without the library's own zone; a day as it is."""
    return value.timestamp() if isinstance(value, datetime) else value


@dataclass
class World:
    """One event, and the calendars of its people by recipient."""

    house: Brand
    event_id: int
    now: datetime = BEFORE
    calendars: dict[int, Calendar] = field(default_factory=dict)

    @property
    def event(self) -> Event:
        return session.get_one(Event, self.event_id)

    def register(self, number: int) -> None:
        place = Place("", "", Attendance.VENUE if self.event_is_in_a_room() else Attendance.ONLINE, "")
        with db.writing():
            try:
                request = service.ask(self.event, self.house, self._address(number), "en", place)
            except Conflict:
                db.abandon()
                return
        if request != NOBODY:
            with db.writing():
                service.confirm(request)

    def event_is_in_a_room(self) -> bool:
        with db.reading():
            return self.event.attendance is not Attendance.ONLINE

    def leave(self, number: int) -> None:
        with db.writing():
            rows = self._rows()
            if number < len(rows):
                service.leave(rows[number], self.event)

    def show(self, number: int) -> None:
        """Somebody wants another entry, or none."""
        with db.writing():
            rows = self._rows()
            if number % PEOPLE >= len(rows):
                return
            row = rows[number % PEOPLE]
            try:
                change(row, self.event, OwnChanges(row.attendance, SHOWN[number // PEOPLE], {}))
            except Conflict:
                db.abandon()

    def move(self, days: int) -> None:
        day = BEFORE + timedelta(days=days)
        self._become(
            lambda: changes.move(self.event, timed(self.house.timezone, wall(day.year, day.month, day.day, 19)), {})
        )

    def move_to_day(self, days: int) -> None:
        day = (BEFORE + timedelta(days=days)).date()
        self._become(lambda: changes.move(self.event, dated(self.house.timezone, day, day + timedelta(days=1)), {}))

    def postpone(self, _number: int) -> None:
        self._become(lambda: changes.postpone(self.event, {}))

    def go_online(self, _number: int) -> None:
        self._become(lambda: changes.move_online(self.event, {}))

    def cancel(self, _number: int) -> None:
        self._become(lambda: changes.cancel(self.event, {}))

    def deliver(self, copies: int) -> None:
        """Some of what waits arrives."""
        with db.writing():
            for row, text in [*self._waiting()][:copies]:
                row.state = DeliveryState.ACCEPTED
                if text:
                    self.calendars.setdefault(row.recipient_id, Calendar()).take(text)

    def check(self) -> None:
        """Were all that waits delivered now, each calendar would be as the event is."""
        later = deepcopy(self.calendars)
        with db.reading():
            for row, text in self._waiting():
                if text:
                    later.setdefault(row.recipient_id, Calendar()).take(text)
            event = self.event
            for row in self._rows():
                assert later.get(row.recipient_id, Calendar()).shown == self._wanted(row, event)

    def _wanted(self, row: Registration, event: Event) -> Shown | None:
        comes = row.state is RegistrationState.REGISTERED and event.status not in OFF
        if not comes or row.entry is EntryChoice.NONE:
            return None
        title = "A lecture" if row.entry is EntryChoice.EVENT else "Busy"
        when = event.when
        if when.precision.value == "date":
            assert when.last_day is not None
            return Shown(when.first_day, when.last_day + timedelta(days=1), title)
        return Shown(_plain(when.starts_at), _plain(when.ends_at), title)

    def _waiting(self) -> Iterator[tuple[Delivery, str]]:
        """What has not arrived, in the order in which it was committed, with the text of its entry if it has one."""
        wanted = select(Delivery, Content).join(Content, Content.id == Delivery.content_id)
        key = Delivery.calendar_key == f"event:{self.event.uid}"
        for row, content in session.execute(wanted.where(key, Delivery.state.in_(WAITING)).order_by(Delivery.id)):
            yield row, content.source.get("calendar", "")

    def _rows(self) -> list[Registration]:
        own = Registration.event_id == self.event_id
        return [*session.scalars(select(Registration).where(own).order_by(Registration.id))]

    def _become(self, change_it: object) -> None:
        assert callable(change_it)
        with db.writing():
            try:
                change_it()
            except (Conflict, Refused):
                db.abandon()

    def _address(self, number: int) -> str:
        return f"calendar{number}-of-{self.event_id}@example.org"


def make_world(house: Brand) -> World:
    with db.writing():
        when = timed(house.timezone, wall(2018, 5, 14, 19), wall(2018, 5, 14, 21))
        event = create_event(house.id, f"lecture-{next(_numbers)}", Facts({"en": "A lecture"}), when)
        publish(event)
        change_form(event, FormFacts())
        return World(house, event.id)


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=(Phase.explicit, Phase.generate),  # shrinking a history on a database takes minutes
)
@given(STEPS)
def test_every_calendar_ends_as_the_event_is(
    house: Brand, installation: Settings, steps: list[tuple[str, int]]
) -> None:
    """After each step, read back by two libraries."""
    assert installation
    with clock.frozen(BEFORE):
        world = make_world(house)
        for verb, number in (("register", 0), ("register", 1), *steps):
            getattr(world, verb)(number)
            world.check()
