"""An event is cancelled while a large bulk mailing and its own reminder run: how soon everybody concerned is told.

python -m tests.bench.bench_cancel [bulk mails]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from sqlalchemy import func, insert, select

from mobilize.audiences.audience import Audience
from mobilize.core import clock, db, feature
from mobilize.core.db import new_uid, session
from mobilize.core.effects import PlannedChange
from mobilize.core.when import timed
from mobilize.delivery.models import Delivery, DeliveryState, Message, Stream
from mobilize.events import changes as events
from mobilize.events.models import Attendance, Event
from mobilize.events.registrations.models import Registration, RegistrationState
from mobilize.events.registrations.service import FormFacts, change_form
from mobilize.events.service import Facts, create_event, publish
from mobilize.mailings.content import MailingText, SenderText, read_version
from mobilize.organisations.models import Organisation
from mobilize.schedules import changes
from mobilize.schedules.models import Rule
from mobilize.schedules.offsets import Offset
from mobilize.schedules.service import RuleFacts, arm, create_rule
from mobilize.schedules.tick_steps import fire_rules
from tests.bench import servers
from tests.bench.installation import PAGE, installed, make_house
from tests.bench.workers import smtp_url
from tests.crash.crew import Crew
from tests.crowd import make_people
from tests.factories import make_organisation

QUEUES = ("transactional", "urgent", "bulk", "background")
AHEAD = timedelta(hours=4)
REASON = {"en": "Due to unforeseen circumstances, we are unable to hold this event."}
BEGUN = (DeliveryState.ATTEMPTING, DeliveryState.ACCEPTED, DeliveryState.UNKNOWN, DeliveryState.DEFERRED)
OPEN = (DeliveryState.PENDING, DeliveryState.CLAIMED, DeliveryState.ATTEMPTING, DeliveryState.DEFERRED)


@dataclass(frozen=True)
class Seats:
    """How many people the event has of each kind."""

    registered: int
    waiting: int
    pending: int

    @property
    def all(self) -> int:
        return self.registered + self.waiting + self.pending


def main(n: int = 100_000, seats: Seats = Seats(5_000, 50, 20), round_trip: float = 0.0) -> Iterator[str]:
    """The lines of the report.

    Over a round trip (seconds) a small bulk mailing lasts for a while on a machine of any speed.
    """
    with installed() as settings, _server(round_trip) as port, TemporaryDirectory() as folder:
        house = make_house(n)
        event_uid = make_event(seats)
        house.launch()
        environ = {
            "MOBILIZE_DATA_DIR": str(settings.data_dir),
            "MOBILIZE_DATABASE_URL": settings.database_url,
            "MOBILIZE_REDIS_URL": settings.redis_url,
            "MOBILIZE_SMTP_URL": smtp_url(port),
        }
        crew = Crew(environ, Path(folder), QUEUES)
        crew.start()
        try:
            crew.until(lambda: count(Stream.BULK, DeliveryState.ACCEPTED) > 0)
            fire_rules(clock.now(), settings)
            crew.until(lambda: count(Stream.URGENT, DeliveryState.ACCEPTED) > 0, look_every=0.005)
            began = time.perf_counter()
            cancel(event_uid)
            committed = time.perf_counter() - began
            reminded = count(Stream.URGENT, *BEGUN)
            first = _seconds_until(crew, began, lambda: count(Stream.TRANSACTIONAL, DeliveryState.ACCEPTED) > 0)
            told = _seconds_until(crew, began, lambda: not count(Stream.TRANSACTIONAL, *OPEN))
            left = n - count(Stream.BULK, DeliveryState.ACCEPTED)
        finally:
            crew.stop()
        apologies = count(Stream.TRANSACTIONAL, DeliveryState.ACCEPTED)
        assert apologies == seats.all, f"{apologies} of {seats.all} were told"
        assert count(Stream.URGENT, *BEGUN) == reminded, "a reminder began after the commit of the cancellation"
        assert left > 0, "the bulk mailing ended too soon to say anything"
        stopped = count(Stream.URGENT, DeliveryState.REVOKED)
    yield f"cancelled in one commit of {committed:.2f} s: {seats.all} people are told, of {seats.registered} registered"
    yield f"first apology accepted after {first:.2f} s, all {apologies} handed over after {told:.2f} s"
    yield f"of {n} bulk mails {left} were still to leave; of the reminder {reminded} had begun, {stopped} were stopped"


def make_event(seats: Seats) -> str:
    """A published event four hours from now with so many people, and an armed reminder that is due; its uid."""
    with db.writing():
        house = make_organisation()
        begins = (clock.now() + AHEAD).astimezone(ZoneInfo(house.timezone)).replace(tzinfo=None)
        facts = Facts({"en": "A debate"}, attendance=Attendance.VENUE)
        row = create_event(house.id, "debate", facts, timed(house.timezone, begins, None))
        change_form(row, FormFacts(capacity=seats.registered + seats.pending))
        publish(row)
        uid = row.uid
    states = (
        (RegistrationState.REGISTERED, seats.registered),
        (RegistrationState.WAITING, seats.waiting),
        (RegistrationState.PENDING, seats.pending),
    )
    for state, number in states:
        for begun in range(0, number, PAGE):
            _register(house, uid, state, min(PAGE, number - begun))
    _remind(house.id, uid)
    return uid


def cancel(event_uid: str) -> None:
    """As the page does it: what follows is read, and pressed on."""
    with db.reading():
        row = session.scalars(select(Event).where(Event.uid == event_uid)).one()
        change = PlannedChange(row.organisation_id, f"event:{event_uid}", "cancelled", {}, is_off=True)
        seen = changes.preview(change).digest
    with db.writing():
        row = session.scalars(select(Event).where(Event.uid == event_uid)).one()
        changes.apply(change, seen, lambda: events.cancel(row, REASON))


def count(stream: Stream, *states: DeliveryState) -> int:
    """Rows of a stream in these states."""
    wanted = select(func.count()).select_from(Delivery).join(Message, Message.id == Delivery.message_id)
    with db.reading():
        return session.scalar(wanted.where(Message.stream == stream, Delivery.state.in_(states))) or 0


def _register(house: Organisation, event_uid: str, state: RegistrationState, number: int) -> None:
    now = clock.now()
    moment = {RegistrationState.WAITING: "waiting_since", RegistrationState.PENDING: "held_until"}.get(state)
    with db.writing():
        event_id = session.scalars(select(Event.id).where(Event.uid == event_uid)).one()
        fixed = {"event_id": event_id, "state": state, "attendance": Attendance.VENUE, "language": "en",
                 "changed_at": now}  # fmt: skip
        if moment is not None:
            fixed[moment] = now + timedelta(hours=1) if state is RegistrationState.PENDING else now
        people = make_people(house, number, [])
        session.execute(insert(Registration), [{"uid": new_uid(), "recipient_id": one, **fixed} for one in people])


def _remind(organisation_id: int, event_uid: str) -> None:
    """A rule that is due now, to everybody who is registered."""
    ref, blocks = f"event:{event_uid}", [{"type": "text", "markdown": "Soon."}, {"type": "event", "event": event_uid}]
    version = read_version({"subject": "Soon", "preheader": "", "blocks": blocks}, "en")
    to_whom = Audience(organisation_id, group=f"{ref}:registered")
    with db.writing():
        thing = feature.anchored(organisation_id, ref)
        assert thing is not None
        facts = RuleFacts("Soon", "start", Offset(minutes=-240), to_whom)
        rule_id = create_rule(thing, facts, MailingText("Soon", SenderText(), {"en": version})).id
    with db.writing():
        thing = feature.anchored(organisation_id, ref)
        assert thing is not None
        arm(session.get_one(Rule, rule_id), thing)


@contextmanager
def _server(round_trip: float) -> Iterator[int]:
    with servers.sink() as port:
        if not round_trip:
            yield port
            return
        with servers.far_away(port, round_trip) as far:
            yield far


def _seconds_until(crew: Crew, began: float, met: Callable[[], bool]) -> float:
    """From ``began`` until ``met``; the clock ticks as beat lets it."""
    crew.until(met, look_every=0.02)
    return time.perf_counter() - began


if __name__ == "__main__":
    for line in main(*map(int, sys.argv[1:2])):
        print(line, flush=True)
