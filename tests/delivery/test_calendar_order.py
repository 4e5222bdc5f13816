"""Of one person's mails about one calendar entry, a server never gets an older one after a newer one."""

from __future__ import annotations

import random
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.core.settings import Settings
from mobilize.delivery.calendar_order import waiting_for_earlier
from mobilize.delivery.models import Claim, Delivery, DeliveryState, Message, Stream, SuppressionReason
from mobilize.delivery.retries import retry_failed, retry_unknown
from mobilize.delivery.sending import claims
from mobilize.delivery.sending.claims import Hold
from mobilize.delivery.sending.upkeep import reap_expired_leases
from mobilize.delivery.sending.windows import Run, connect
from mobilize.delivery.service import Addressee, send_many
from mobilize.delivery.smtp.transport import Accepted, Deferred, Lost, Outgoing, Phase, Rejected, Result
from mobilize.delivery.suppression.service import suppress
from tests.delivery.engine_world import FakeTransport, World, drain, index_of, make_world, reasons

KEY = "event:6f1c"
TRANSACTIONAL = Stream.TRANSACTIONAL
A_DAY = timedelta(days=1)


@pytest.fixture
def world(installation: Settings) -> World:
    """Three people who are registered for something."""
    return make_world(people=3)


def tell(
    world: World, people: Sequence[int] | None = None, stream: Stream = TRANSACTIONAL, key: str | None = KEY
) -> int:
    """A mail about the entry to these people or to all; its message's id."""
    facts = {"lists": "Assembly", "action_url": "https://example.org/c/1"}
    rows = [Addressee(person, "en", facts) for person in (world.people if people is None else people)]
    with db.writing():
        uid = send_many(
            "signup/confirm",
            rows,
            organisation=world.organisation,
            anchor="event:abc",
            stream=stream,
            calendar_key=key,
        )
        return session.scalars(select(Message.id).where(Message.uid == uid)).one()


def claim(stream: Stream = TRANSACTIONAL) -> list[int]:
    """Take what may leave, as a worker does; the rows' ids."""
    now = clock.now()
    with connect() as connection, connection.begin():
        return [row.id for row in claims.claim(connection, stream, Hold("test"), 100, now, now + A_DAY)]


def set_state(message_id: int, state: DeliveryState, **values: object) -> None:
    with db.writing():
        session.execute(update(Delivery).where(Delivery.message_id == message_id).values(state=state, **values))


def row_ids(message_id: int) -> list[int]:
    with db.reading():
        return list(session.scalars(select(Delivery.id).where(Delivery.message_id == message_id)))


def waiting(message_id: int | None) -> int:
    with db.reading():
        return waiting_for_earlier(message_id)


def test_a_later_mail_ends_those_that_wait(world: World) -> None:
    """In its own commit: pending, claimed and deferred rows are revoked with the reason, and only the last leaves."""
    pending, held, late = (tell(world, [person]) for person in world.people)
    set_state(held, DeliveryState.CLAIMED, claim_id=7)
    set_state(late, DeliveryState.DEFERRED, next_at=clock.now())
    last = tell(world)
    for message_id in (pending, held, late):
        assert reasons(message_id) == [("revoked", "superseded")]
    transport = FakeTransport()
    drain(transport, TRANSACTIONAL)
    assert sorted(one.key for one in transport.sent) == row_ids(last)


def test_mail_about_something_else_is_left_alone(world: World) -> None:
    """Another key, no key, another person: nothing of theirs ends."""
    others = [tell(world, key="event:other"), tell(world, key=None), tell(world, world.people[1:])]
    tell(world, world.people[:1])
    for message_id in others:
        assert {state for state, _reason in reasons(message_id)} == {"pending"}


def test_the_streams_of_a_key_are_one(world: World) -> None:
    """A reminder that waits in the bulk stream is overtaken by a change that is transactional."""
    reminder = tell(world, stream=Stream.BULK)
    tell(world)
    assert set(reasons(reminder)) == {("revoked", "superseded")}


@pytest.mark.parametrize("stream", [TRANSACTIONAL, Stream.URGENT])
def test_it_waits_while_an_earlier_one_is_on_the_wire(world: World, stream: Stream) -> None:
    """Only so long, only for that person, and it is counted."""
    earlier = tell(world, world.people[:1])
    set_state(earlier, DeliveryState.ATTEMPTING, claim_id=7)
    later = tell(world, stream=stream)
    waits, *others = row_ids(later)
    assert waiting(later) == waiting(None) == 1
    assert sorted(claim(stream)) == others
    set_state(earlier, DeliveryState.ACCEPTED, claim_id=None)
    assert waiting(later) == waiting(None) == 0
    assert claim(stream) == [waits]


def test_who_waits_is_shown_to_the_operator(world: World, client: FlaskClient) -> None:
    """A number that stays above nothing says that a worker hangs with an earlier mail."""
    earlier = tell(world, world.people[:2])
    set_state(earlier, DeliveryState.ATTEMPTING, claim_id=7)
    tell(world)
    assert "mobilize_calendar_waiting 2.0" in client.get("/metrics").text.splitlines()


@pytest.mark.parametrize("state", [DeliveryState.UNKNOWN, DeliveryState.FAILED])
@pytest.mark.parametrize("pressed", ["before", "after"])
def test_a_press_never_brings_back_an_older_one(world: World, state: DeliveryState, pressed: str) -> None:
    """ "Send again" before the later mail was written is overtaken like any that waits; after it, it does nothing."""
    earlier = tell(world)
    set_state(earlier, state)
    press = retry_unknown if state is DeliveryState.UNKNOWN else retry_failed
    if pressed == "before":
        with db.writing():
            assert press(earlier) == 3
    later = tell(world)
    if pressed == "after":
        with db.writing():
            assert press(earlier) == 0
    transport = FakeTransport()
    drain(transport, TRANSACTIONAL)
    assert sorted(one.key for one in transport.sent) == row_ids(later)


def test_a_row_that_has_a_later_one_is_not_sent_again_whatever_was_said_of_it(world: World) -> None:
    """Even one without a mark, as an operator's hand could leave it."""
    earlier = tell(world)
    tell(world)
    set_state(earlier, DeliveryState.FAILED, stop_reason="", reason="refused")
    with db.writing():
        assert retry_failed(earlier) == 0


def test_the_reaper_gives_no_older_one_back(world: World) -> None:
    """Its worker died with it on the wire: it ends, and the later one may leave."""
    earlier = tell(world)
    now = clock.now()
    with connect() as connection, connection.begin():
        assert claims.claim(connection, TRANSACTIONAL, Hold("dead"), 100, now, now)
    set_state(earlier, DeliveryState.ATTEMPTING)
    later = tell(world)
    assert claim() == []
    with db.writing():
        assert reap_expired_leases(now + A_DAY) == 3
    assert set(reasons(earlier)) == {("revoked", "superseded")}
    assert sorted(claim()) == row_ids(later)


def test_one_who_may_not_be_mailed_gets_no_older_one_either(world: World) -> None:
    """A row that is held back ends the earlier ones, too: better no entry than one of a date that has moved."""
    earlier = tell(world, world.people[:1])
    with db.writing():
        suppress(world.organisation.id, index_of(world, 0), SuppressionReason.COMPLAINT, "test")
    later = tell(world, world.people[:1])
    assert reasons(later) == [("suppressed", "complaint")]
    assert reasons(earlier) == [("suppressed", "complaint")]


class Died(BaseException):
    """A worker was killed with mail on the wire."""


@dataclass
class Ordeal:
    """Workers that die, servers that answer badly, presses of "send again", and new mails about the entry meanwhile.

    All in one thread: another worker, a newer mail or a press comes while a mail is on the wire, which is where two
    processes would meet. ``got`` is what the server took for each person, in order; a lost answer may hide that it did.
    """

    world: World
    chance: random.Random
    calm: bool = False
    depth: int = 0
    dead: list[str] = field(default_factory=list)
    messages: list[int] = field(default_factory=list)
    got: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    last: dict[str, int] = field(default_factory=dict)

    def tell(self) -> Stream:
        """A newer mail about the entry, to some of them; in any stream, which is returned."""
        some = [person for person in self.world.people if not self.messages or self.chance.random() < 0.6]
        stream = self.chance.choice([TRANSACTIONAL, TRANSACTIONAL, Stream.BULK, Stream.URGENT])
        self.messages.append(tell(self.world, some, stream))
        return stream

    def press(self) -> None:
        """ "Send again", for what failed or is in doubt."""
        some = self.chance.sample(self.messages, min(3, len(self.messages)))
        for message_id in self.messages if self.calm else some:
            with db.writing():
                retry_failed(message_id)
                retry_unknown(message_id)

    def bury(self) -> None:
        """Free the rows of workers that died."""
        with db.writing():
            for owner in self.dead:
                lapsed = update(Claim).where(Claim.owner.startswith(owner)).values(lease_until=clock.now() - A_DAY)
                session.execute(lapsed, execution_options={"synchronize_session": False})
            reap_expired_leases(clock.now() - timedelta(hours=1))

    def work(self, stream: Stream) -> None:
        """One worker's drain; it may die."""
        mortal = not self.calm and self.chance.random() < 0.3
        transport = FakeTransport(self.answer, before=lambda count: self.meanwhile(mortal and count > 3))
        self.depth += 1
        owner = f"worker {self.chance.random()}"
        try:
            drain(transport, stream, owner=owner, window=self.chance.choice([1, 4, 16]), claim_size=40)
        except Died:
            self.dead.append(owner)  # its claim and its attempted rows are as it left them
        finally:
            self.depth -= 1

    def meanwhile(self, mortal: bool) -> None:
        """What others do while a mail is on the wire."""
        if self.calm:
            return
        if mortal and self.chance.random() < 0.2:
            raise Died
        if self.chance.random() < 0.03:
            self.chance.choice([self.press, self.bury])()
        if self.depth < 3 and self.chance.random() < 0.03:
            self.work(self.tell() if self.chance.random() < 0.7 else self.chance.choice(list(Stream)[:3]))

    def answer(self, one: Outgoing) -> Result:
        """What the server says; it took the mail if it accepted it, and perhaps if its answer was lost."""
        luck = 1.0 if self.calm else self.chance.random()
        if luck < 0.1:
            return Deferred(one.key, Phase.DOT, 451, "4.3.0", "later")
        if luck < 0.15:
            return Rejected(one.key, Phase.DOT, 552, "5.2.2", "full")
        if luck < 0.2:
            return Lost(one.key, Phase.DATA, "gone")
        if luck >= 0.3 or self.chance.random() < 0.5:
            self.got[one.recipient].append(one.key)
        return Accepted(one.key) if luck >= 0.3 else Lost(one.key, Phase.DOT, "gone")

    def run(self, steps: int) -> None:
        """So many steps of trouble, then nothing but work until nothing is left."""
        self.tell()
        at = clock.now()
        for step in range(steps):
            with clock.frozen(at + step * timedelta(minutes=30)):
                self.chance.choice([self.tell, self.press, self.bury, self.tell])()
                self.work(self.chance.choice(list(Stream)[:3]))
        self.calm = True
        with clock.frozen(at + steps * timedelta(minutes=30) + timedelta(hours=8)):
            self.bury()
            self.press()
            for stream in (*Stream, *Stream):
                self.work(stream)


@contextmanager
def kills() -> Iterator[None]:
    """A worker that died writes nothing more."""
    finish = Run.finish

    def unless_dead(run: Run) -> None:
        if not isinstance(sys.exc_info()[1], Died):
            finish(run)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Run, "finish", unless_dead)
        yield


# So many people, each with a key of their own, are a race each; 1,000 on SQLite and 100 on PostgreSQL.
@pytest.mark.parametrize("seed", range(10))
def test_what_a_server_gets_rises_and_ends_with_the_last(request: pytest.FixtureRequest, seed: int) -> None:
    """A hundred people a seed, through deferrals, kills, lost answers, presses and newer mails while older ones leave.

    It takes seconds: a thousand people's mails are sent about five times over.
    """
    if seed and request.config.getoption("--database") == "postgresql":
        pytest.skip("a hundred races on this database")
    request.getfixturevalue("installation")
    ordeal = Ordeal(make_world(people=100), random.Random(seed))
    with kills():
        ordeal.run(steps=6)
    with db.reading():
        rows = session.execute(select(Delivery.id, Delivery.recipient_id, Delivery.state).order_by(Delivery.id)).all()
    latest = {row.recipient_id: row for row in rows}
    assert latest.keys() == set(ordeal.world.people)
    received = {f"reader-{number}@example.net": person for number, person in enumerate(ordeal.world.people)}
    for address, keys in ordeal.got.items():
        assert keys == sorted(keys), address
    taken = {received[address]: keys[-1] for address, keys in ordeal.got.items()}
    assert {row.state for row in latest.values()} == {DeliveryState.ACCEPTED}
    assert taken == {person: row.id for person, row in latest.items()}
