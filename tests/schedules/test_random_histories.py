"""Random histories of one event (moves, cancellations, people who come and go, a clock that jumps) against a model.

Whatever happens: no copy of a rule leaves for a date that does not hold, nobody gets a step twice for one date, nothing
leaves after a cancellation, and everybody who is registered is told of each change once.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Select, select

from mobilize.audiences.audience import Audience
from mobilize.core import clock, db, feature
from mobilize.core.db import session
from mobilize.core.effects import PlannedChange
from mobilize.core.settings import Settings
from mobilize.core.when import timed
from mobilize.delivery.models import Delivery, DeliveryState, Message
from mobilize.delivery.rules import LIVE, WAITING
from mobilize.events import changes as events
from mobilize.events.anchors import moments_of
from mobilize.events.models import Attendance, Event
from mobilize.events.queries import event_by_slug
from mobilize.events.registrations import service as registrations
from mobilize.events.registrations.models import Registration, RegistrationState
from mobilize.events.service import Facts, create_event, publish
from mobilize.mailings.content import MailingText, SenderText, read_version
from mobilize.mailings.models import Mailing
from mobilize.organisations.queries import Brand
from mobilize.schedules import changes
from mobilize.schedules.models import Occurrence
from mobilize.schedules.offsets import Offset
from mobilize.schedules.queries import rule_by_uid
from mobilize.schedules.service import RuleFacts, arm, create_rule
from mobilize.schedules.tick_steps import fire_rules
from tests.crowd import make_people
from tests.schedules.conftest import MORNING, wall

BEGIN = datetime.fromisoformat("2018-03-01T12:00+00:00")
OFFSETS = (Offset(days=-7, at_time=MORNING), Offset(days=-1, at_time=MORNING), Offset(minutes=-120))
_numbers = count(1)

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.integers(1, 200)),
        st.tuples(st.just("move"), st.integers(-10, 30)),
        st.tuples(st.just("register"), st.just(0)),
        st.tuples(st.just("leave"), st.just(0)),
        st.tuples(st.just("deliver"), st.integers(1, 3)),
        st.tuples(st.just("cancel"), st.just(0)),
    ),
    min_size=4,
    max_size=14,
)


@dataclass
class World:
    """One event with three rules; the model counts what everybody has to be told."""

    house: Brand
    slug: str
    installation: Settings
    now: datetime = BEGIN
    is_cancelled: bool = False
    registered: list[int] = field(default_factory=list)
    told: Counter[int] = field(default_factory=Counter)
    dates: list[datetime | None] = field(default_factory=list)
    """Every date that was announced, in order."""
    origins: tuple[str, ...] = ()

    @property
    def event(self) -> Event:
        return event_by_slug(self.house.id, self.slug)

    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    def register(self, _number: int) -> None:
        with db.writing():
            event, (person,) = self.event, make_people(self.house, 1, [])
            session.add(
                Registration(
                    event_id=event.id,
                    recipient_id=person,
                    state=RegistrationState.REGISTERED,
                    attendance=Attendance.VENUE,
                    language="en",
                    changed_at=clock.now(),
                )
            )
        self.registered.append(person)

    def leave(self, _number: int) -> None:
        if self.registered and not self.is_cancelled:
            person = self.registered.pop(0)
            with db.writing():
                row = session.scalars(select(Registration).where(Registration.recipient_id == person)).one()
                registrations.leave(row, self.event)

    def move(self, days: int) -> None:
        """To another day, which may be past; the list is what is then made."""
        local = (self.now + timedelta(days=days)).replace(tzinfo=None, minute=0, second=0, microsecond=0)
        when = timed(self.house.timezone, wall(local.year, local.month, local.day, 19))
        with db.writing():
            event = self.event
            if self.is_cancelled or when == event.when:
                return
            change = PlannedChange(self.house.id, f"event:{event.uid}", "moved", moments_of(event, when))
            found = changes.preview(change)
            changes.apply(change, found.digest, lambda: events.move(event, when, {}))
            assert found.told == len(self.registered)
            self.dates.append(event.starts_at)
        self.told.update(self.registered)

    def cancel(self, _number: int) -> None:
        with db.writing():
            event = self.event
            if self.is_cancelled or event.is_over(self.now):
                return
            change = PlannedChange(self.house.id, f"event:{event.uid}", "cancelled", {}, is_off=True)
            found = changes.preview(change)
            stopped = sum(one.people for one in found.effects if one.outcome.value == "stopped")
            before = self._revoked()
            changes.apply(change, found.digest, lambda: events.cancel(event, {}))
            assert self._revoked() - before == stopped
        self.is_cancelled = True
        self.told.update(self.registered)

    def deliver(self, copies: int) -> None:
        """So many copies of rules leave; each for the date that holds now, and to nobody who had it."""
        with db.writing():
            for row in session.scalars(self._rows().where(Delivery.state.in_(WAITING)).limit(copies)):
                assert not self.is_cancelled
                occurrence = session.scalars(
                    select(Occurrence)
                    .join(Mailing, Mailing.id == Occurrence.mailing_id)
                    .where(Mailing.message_id == row.message_id)
                ).one()
                assert occurrence.moment_at == self.event.starts_at
                assert row.recipient_id in self.registered
                row.state = DeliveryState.ACCEPTED

    def tick(self) -> None:
        with clock.frozen(self.now):
            fire_rules(clock.now(), self.installation)

    def _rows(self) -> Select[Delivery]:
        mine = select(Mailing.message_id).where(Mailing.origin.in_(self.origins))
        return (
            select(Delivery)
            .join(Message, Message.id == Delivery.message_id)
            .where(Delivery.message_id.in_(mine), Message.state.in_(LIVE))
            .order_by(Delivery.id)
        )

    def _revoked(self) -> int:
        mine = select(Mailing.message_id).where(Mailing.origin.in_(self.origins))
        rows = session.scalars(select(Delivery).where(Delivery.message_id.in_(mine)))
        return sum(row.state is DeliveryState.REVOKED for row in rows)


def make_world(house: Brand, installation: Settings) -> World:
    slug = f"event-{next(_numbers)}"
    text = read_version({"subject": "R", "preheader": "", "blocks": [{"type": "text", "markdown": "Hello."}]}, "en")
    with db.writing():
        when = timed(house.timezone, wall(2018, 3, 20, 19))
        row = create_event(house.id, slug, Facts({"en": "A lecture"}), when)
        publish(row)
        thing = feature.anchored(house.id, f"event:{row.uid}")
        assert thing is not None
        people = Audience(house.id, group=f"{thing.ref}:registered")
        words = MailingText("R", SenderText(), {"en": text})
        uids = [
            create_rule(thing, RuleFacts(f"R{number}", "start", offset, people), words).uid
            for number, offset in enumerate(OFFSETS)
        ]
    for uid in uids:
        with db.writing():
            arm(rule_by_uid(house.id, uid), thing)
    return World(house, slug, installation, dates=[when.starts_at], origins=tuple(f"rule:{uid}" for uid in uids))


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=(Phase.explicit, Phase.generate),  # shrinking a history on a database takes minutes
)
@given(STEPS)
def test_no_history_breaks_a_promise(house: Brand, installation: Settings, steps: list[tuple[str, int]]) -> None:
    with clock.frozen(BEGIN):
        world = make_world(house, installation)
    for verb, number in steps:
        with clock.frozen(world.now):
            getattr(world, verb)(number)
        world.tick()
    with db.reading():
        uid = world.event.uid
        rows = session.execute(
            select(Delivery.recipient_id, Message.id)
            .join(Message, Message.id == Delivery.message_id)
            .where(Message.anchor == f"event:{uid}", Delivery.calendar_key.is_not(None))
        ).all()
        told = Counter(person for person, _message in rows)
        assert {person: told[person] for person in world.registered} == {
            person: world.told[person] for person in world.registered
        }
        sent = session.execute(
            select(Delivery.recipient_id, Occurrence.rule_id, Occurrence.moment_at)
            .join(Mailing, Mailing.message_id == Delivery.message_id)
            .join(Occurrence, Occurrence.mailing_id == Mailing.id)
            .where(Mailing.origin.in_(world.origins), Delivery.state == DeliveryState.ACCEPTED)
        ).all()
        twice = {key for key, number in Counter((row[0], row[1], row[2]) for row in sent).items() if number > 1}
        # A step whose copies were stopped half-way is sent again if the event comes back to that very date.
        came_back = {date for date, number in Counter(world.dates).items() if number > 1}
        assert {moment for _person, _rule, moment in twice} <= came_back
