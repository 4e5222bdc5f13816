"""Leaving, raced against a launch and against a worker, once a round; commit order is the judge."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence

import pytest
from sqlalchemy import select, update

from mobilize.audiences.audience import Audience
from mobilize.core import db
from mobilize.core.db import session
from mobilize.core.errors import Conflict
from mobilize.core.settings import Settings
from mobilize.delivery.bases import list_basis
from mobilize.delivery.contents import store_contents
from mobilize.delivery.messages import add_page, close_message, pause_message, resume_message
from mobilize.delivery.models import Delivery, DeliveryState
from mobilize.delivery.recipients import hold
from mobilize.delivery.sending.claims import Claimed
from mobilize.delivery.sending.windows import Results, Run
from mobilize.delivery.suppression.service import revoke_for
from mobilize.delivery.variants import Variant
from mobilize.subscribers.models import Subscription, SubscriptionState
from tests.crash.racing import together
from tests.delivery.engine_world import FakeTransport, World, drain, groups, make_world, states

pytestmark = [pytest.mark.crash, pytest.mark.timeout(300)]

Written = Callable[[], tuple[set[int], int]]


@pytest.fixture
def world(installation: Settings, rounds: int) -> World:
    """Somebody a round, all on one list."""
    return make_world(people=rounds)


def leave(world: World, person: int) -> None:
    """What unsubscribing does: the person is held, then the subscription changes, then the rows."""
    with db.writing():
        hold(person)
        session.execute(
            update(Subscription).where(Subscription.recipient_id == person).values(state=SubscriptionState.LEFT),
            execution_options={"synchronize_session": False},
        )
        revoke_for(person, list_basis(world.lists[0]), ())


def test_leaving_races_a_launch(world: World) -> None:
    """Each round a page of one and its reader's withdrawal: nobody who left has a row that may leave."""
    message_id, everyone = world.open(), Audience.of(world.organisation.id, world.lists)
    with db.writing():
        (content_id,) = store_contents(world.organisation.id, [world.source()])

    def launch() -> None:
        for person in world.people:
            with db.writing():
                page = everyone.page(person - 1, size=1)
                if page is not None:
                    add_page(message_id, page.rows({Variant("en"): content_id}, "en"))

    def unsubscribe() -> None:
        for person in world.people:
            leave(world, person)

    together(launch, unsubscribe)
    with db.writing():
        close_message(message_id)
    assert set(states(message_id)) <= {"revoked"}
    transport = FakeTransport()
    drain(transport)
    assert transport.sent == []
    assert groups(message_id).total == groups(message_id).audience


def test_leaving_races_a_worker(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """No window that begins after the commit of a withdrawal holds a row of the person who left."""
    message_id = world.launch()
    left: set[int] = set()
    write = Run.write
    late: list[int] = []

    def watched(run: Run, rows: Sequence[Claimed], found: Sequence[Results]) -> Written:
        before = set(left)
        allowed, written = write(run, rows, found)()
        late.extend(row.id for row in rows if row.id in allowed and row.recipient_id in before)
        return lambda: (allowed, written)

    def unsubscribe() -> None:
        for person in random.sample(world.people, len(world.people)):
            leave(world, person)
            left.add(person)

    monkeypatch.setattr(Run, "write", watched)
    transport = FakeTransport()
    together(lambda: drain(transport, window=2) and None, unsubscribe)
    assert late == []
    found = groups(message_id)
    assert found.total == found.audience == len(world.people)
    assert found.accepted == len(transport.sent) == len(set(transport.readers))
    assert found.accepted + found.revoked == len(world.people)


def test_pausing_races_a_worker(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the commit of a pause and of the next resume no window opens; in the end everyone has one copy."""
    message_id = world.launch()
    moment = 0  # odd from the commit of a pause until the press of the next resume
    write, late = Run.write, []
    done = threading.Event()
    pauses = 0

    def watched(run: Run, rows: Sequence[Claimed], found: Sequence[Results]) -> Written:
        before = moment
        allowed, written = write(run, rows, found)()
        late.extend(allowed if before % 2 and moment == before else ())
        return lambda: (allowed, written)

    def press() -> None:
        nonlocal pauses, moment
        while not done.is_set() and states(message_id).get(DeliveryState.ACCEPTED, 0) < len(world.people):
            try:
                with db.writing():
                    pause_message(message_id)
            except Conflict:
                return  # the last copy left between the look and the press
            moment += 1
            pauses += 1
            time.sleep(0.001)
            moment += 1
            with db.writing():
                resume_message(message_id)

    def work() -> None:
        while groups(message_id).accepted < len(world.people):
            drain(transport, window=4)
        done.set()

    monkeypatch.setattr(Run, "write", watched)
    transport = FakeTransport()
    together(work, press)
    assert late == []
    assert pauses > 0
    assert len(transport.sent) == len(set(transport.readers)) == len(world.people)
    with db.reading():
        assert set(session.scalars(select(Delivery.attempts))) == {1}
