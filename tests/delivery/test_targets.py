"""Letters to decision makers: messages of one row that the background worker drains."""

from __future__ import annotations

import re
import smtplib
from datetime import datetime, timedelta

import pytest
from redis import Redis
from sqlalchemy import select

from mobilize.core import broker, clock, db
from mobilize.core.db import session
from mobilize.core.settings import Settings
from mobilize.delivery.models import Delivery, Message, MessageState, Recipient, RecipientKind, Stream
from mobilize.delivery.queries import GROUPS
from mobilize.delivery.recipients import find_or_create_recipient
from mobilize.delivery.sending import worker as draining
from mobilize.delivery.sending.return_path import key_in
from mobilize.delivery.sending.worker import Worker
from mobilize.delivery.service import send
from mobilize.delivery.smtp.transport import Deferred, Outgoing, Phase, Result
from mobilize.delivery.tick_steps import wake_streams
from tests.crash.crew import on_duty
from tests.delivery.engine_world import FakeTransport, World, drain, groups, make_world, states
from tests.delivery.returned_mail import HARD, come_back, counted, mail, rows_of, suppressions
from tests.delivery.test_bounce_receiver import hand_over, listening
from tests.smtp_server import SmtpServer, running


@pytest.fixture
def world(installation: Settings) -> World:
    """An organisation whose supporters write letters."""
    return make_world(people=1)


def minister(world: World) -> Recipient:
    house = world.organisation
    return find_or_create_recipient(house.id, house.uid, RecipientKind.TARGET, "minister@example.net", "en")


def write_letter(world: World, stream: Stream = Stream.TARGETS, not_before: datetime | None = None) -> int:
    """One letter to the minister; its message's id."""
    with db.writing():
        uid = send(
            "signup/confirm",
            organisation=world.organisation,
            language="en",
            recipient=minister(world),
            anchor="action:abc",
            facts={"lists": "Free them", "action_url": "https://example.org/c/1"},
            stream=stream,
            person_asked=False,
            not_before=not_before,
        )
        return session.scalars(select(Message.id).where(Message.uid == uid)).one()


def sent(transport: FakeTransport | None = None) -> list[Outgoing]:
    transport = transport or FakeTransport()
    drain(transport, Stream.TARGETS)
    return transport.sent


def bells(redis_socket: str) -> dict[str, int]:
    """How many bells hang in each queue, and in one that would be the stream's own."""
    with Redis(unix_socket_path=redis_socket) as client:
        return {queue: found for queue in (*broker.QUEUES, "targets") if (found := client.llen(queue))}


def test_every_stream_has_a_queue_that_somebody_works_on() -> None:
    """A stream of its own or the background worker's."""
    assert {broker.queue_of(stream) for stream in Stream} <= set(broker.QUEUES)
    assert broker.queue_of(Stream.TARGETS) == "background"


def test_a_letter_wakes_the_background_worker(world: World, redis_socket: str) -> None:
    """After its commit, at each tick that finds it waiting, and when a drain ended with more to do."""
    write_letter(world)
    assert bells(redis_socket) == {"background": 1}
    with Redis(unix_socket_path=redis_socket) as client:
        client.delete("background")
        wake_streams(clock.now(), None)  # type: ignore[arg-type]
        assert bells(redis_socket) == {"background": 1}
        client.delete("background")
        Worker(FakeTransport(), "test").answer_bell(Stream.TARGETS, lambda: False)
        assert bells(redis_socket) == {}


def test_a_drain_leaves_the_clock_its_turn(world: World, redis_socket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The background worker ticks and launches: it ends soon, and rings its own queue for the rest."""
    deadlines: list[float] = []
    monkeypatch.setattr(draining.time, "monotonic", lambda: 1000.0)

    def drain_some(_worker: Worker, _stream: Stream, *, deadline: float, stop: object) -> bool:
        deadlines.append(deadline - 1000.0)
        return True

    monkeypatch.setattr(Worker, "drain", drain_some)
    some = Worker(FakeTransport(), "test")
    for stream in (Stream.TARGETS, Stream.BULK):
        some.answer_bell(stream, lambda: False)
    assert deadlines == [draining.DRAIN_IN_BACKGROUND_FOR, draining.DRAIN_FOR]
    assert bells(redis_socket) == {"background": 1, "bulk": 1}


def test_letters_leave_oldest_first_and_end_their_messages(world: World) -> None:
    """As transactional mail does: each is a message that is finished with its row."""
    messages = [write_letter(world) for _number in range(3)]
    with db.reading():
        ids = list(session.scalars(select(Delivery.id).order_by(Delivery.id)))
    assert [one.key for one in sent()] == ids
    with db.reading():
        assert set(session.scalars(select(Message.state).where(Message.id.in_(messages)))) == {MessageState.FINISHED}


def test_a_letter_waits_for_its_hour(world: World, installation: Settings, redis_socket: str) -> None:
    """Until then it counts as waiting, nobody is woken for it and none leaves; then the clock wakes the worker."""
    now = clock.now()
    message_id = write_letter(world, not_before=now + timedelta(days=9))
    with Redis(unix_socket_path=redis_socket) as client:
        client.delete("background")
        wake_streams(now, installation)
        assert bells(redis_socket) == {}
        assert sent() == []
        assert groups(message_id).by_group == {**dict.fromkeys(GROUPS, 0), "pending": 1}
        with clock.frozen(now + timedelta(days=10)):
            wake_streams(clock.now(), installation)
            assert bells(redis_socket) == {"background": 1}
            assert len(sent()) == 1
    assert groups(message_id).accepted == 1


def test_the_wait_for_its_hour_is_no_time_of_trying(world: World) -> None:
    """A server that says "later" is asked again, however long ago the letter was written."""
    now = clock.now()
    message_id = write_letter(world, not_before=now + timedelta(days=9))
    with clock.frozen(now + timedelta(days=10)):
        sent(FakeTransport(lambda one: Deferred(one.key, Phase.DOT, 451, "4.3.0", "later")))
    assert groups(message_id).deferred == 1
    with clock.frozen(now + timedelta(days=11)):
        assert len(sent()) == 1


def test_its_return_path_is_a_random_key(world: World) -> None:
    """No two are alike, none tells a number of ours, and every attempt of a letter has the same."""
    write_letter(world)
    write_letter(world)

    def put_off(one: Outgoing) -> Result:
        return Deferred(one.key, Phase.DOT, 451, "4.3.0", "later")

    first = {one.key: one.sender for one in sent(FakeTransport(put_off))}
    with clock.frozen(clock.now().replace(year=clock.now().year + 1)):
        second = {one.key: one.sender for one in sent()}
    assert first == second
    assert len(set(first.values())) == 2
    assert all(re.fullmatch(r"bounces\+[0-9a-f]{32}@\S+", path) for path in first.values())
    write_letter(world, Stream.TRANSACTIONAL)
    usual = FakeTransport()
    drain(usual, Stream.TRANSACTIONAL)
    assert [key_in(one.sender) for one in usual.sent] == [None]


@pytest.mark.parametrize("change", [str, str.upper], ids=["as it was", "case changed on the way"])
def test_a_bounce_of_a_letter_is_known_by_its_key(world: World, change: type[str]) -> None:
    """It says that the address is dead; a made-up key changes nothing."""
    message_id = write_letter(world)
    (path,) = [one.sender for one in sent()]
    local, _at, domain = path.partition("@")
    made_up = f"bounces+{'0' * 32}@{domain}"
    assert come_back(HARD, made_up) == "forged"
    assert come_back(HARD, f"{change(local)}@{domain}") == "hard"
    assert rows_of(message_id)[0][:2] == ("accepted", "returned")
    assert suppressions() == ["hard-bounce"]


def test_the_receiver_lets_a_key_in_and_looks_it_up_later(world: World) -> None:
    """Nothing is looked up before a mail is there: a made-up key is let in as a true one is, and changes nothing."""
    message_id = write_letter(world)
    (path,) = [one.sender for one in sent()]
    made_up = f"bounces+{'0' * 32}@example.org"
    with listening() as port, smtplib.SMTP("127.0.0.1", port, timeout=30) as client:
        assert hand_over(client, [made_up], mail(HARD)) == [250]
        assert rows_of(message_id)[0][:2] == ("accepted", "")
        assert hand_over(client, [path], mail(HARD)) == [250]
    assert rows_of(message_id)[0][:2] == ("accepted", "returned")
    assert counted() == {"forged": 1, "hard": 1}


@pytest.mark.crash
@pytest.mark.timeout(120)
def test_the_background_worker_alone_sends_them(installation: Settings) -> None:
    """With real processes: no worker of another queue is there."""
    world = make_world(people=1)
    with running(SmtpServer()) as server, on_duty(installation, server, "background") as crew:
        messages = [write_letter(world) for _number in range(3)]
        crew.until(lambda: all(states(one) == {"accepted": 1} for one in messages))
    assert server.copies() == {"minister@example.net": 3}
