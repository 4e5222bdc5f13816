"""When nobody hears how a commit or a sending ended: no row is forgotten, and none is mailed twice in silence."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Iterable, Sequence

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.core.settings import Settings
from mobilize.delivery.models import Claim, Delivery, Message, MessageState
from mobilize.delivery.retries import retry_unknown
from mobilize.delivery.sending import upkeep
from mobilize.delivery.sending.claims import Claimed
from mobilize.delivery.sending.leases import LEASE
from mobilize.delivery.sending.windows import Results, Run
from mobilize.delivery.smtp.transport import Accepted, Meanwhile, Outgoing, Permit, Result, everything, nothing
from tests.delivery.engine_world import FakeTransport, World, drain, groups, make_world, states


class BrokenTransport(FakeTransport):
    """Takes five mails, answers two, and breaks in a way that no server can."""

    def send(
        self, messages: Iterable[Outgoing], permit: Permit = everything, meanwhile: Meanwhile = nothing
    ) -> Generator[Result, None, None]:
        for outgoing in self.permitted(messages, permit):
            self.sent.append(outgoing)
            if len(self.sent) <= 2:
                yield Accepted(outgoing.key)
            if len(self.sent) == 5:
                raise RuntimeError("a fault of ours")


@pytest.fixture
def world(installation: Settings) -> World:
    """Twenty people on a list."""
    return make_world(people=20)


def claims_left() -> int:
    with db.reading():
        return session.scalars(select(func.count()).select_from(Claim)).one()


def reap() -> None:
    with db.writing():
        upkeep.reap_expired_leases(clock.now() + LEASE * 2)


def test_a_window_whose_commit_nobody_heard_of_waits_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection breaks after the commit: none of its mails left, so they leave later, once, as a first attempt."""
    message_id, transport = world.launch(), FakeTransport()
    write, windows = Run.write, iter([False, True])

    def unheard(run: Run, rows: Sequence[Claimed], found: Sequence[Results]) -> object:
        written = write(run, rows, found)

        def result() -> object:
            known = written()
            if rows and next(windows, False):
                raise OperationalError("UPDATE", {}, Exception("the server closed the connection"))
            return known

        return result

    monkeypatch.setattr(Run, "write", unheard)
    drain(transport, window=5)
    drain(transport, window=5)
    assert groups(message_id).accepted == len(set(transport.readers)) == len(transport.sent) == 20
    with db.reading():
        assert set(session.scalars(select(Delivery.attempts))) == {1}
        assert session.get_one(Message, message_id).state is MessageState.FINISHED
    assert claims_left() == 0


def test_mails_on_the_wire_of_a_sending_that_broke_are_listed(world: World) -> None:
    """A fault of ours within a window: what was answered counts, what was out is unknown, and the rest goes on."""
    message_id, transport = world.launch(), BrokenTransport()
    with pytest.raises(RuntimeError):
        drain(transport, window=5)
    assert states(message_id) == {"accepted": 2, "attempting": 3, "pending": 15}
    assert claims_left() == 1
    second = FakeTransport()
    drain(second)
    assert states(message_id) == {"accepted": 17, "attempting": 3}
    reap()
    assert states(message_id) == {"accepted": 17, "unknown": 3}
    assert claims_left() == 0
    assert not set(second.readers) & set(transport.readers)


def test_rows_sent_again_while_their_message_is_finished_are_not_left_behind(world: World) -> None:
    """A press comes between the look at the rows and the end of the message: the message goes on."""
    message_id, transport = world.launch(), BrokenTransport()
    with pytest.raises(RuntimeError):
        drain(transport, window=5)
    drain(FakeTransport())
    reap()
    finishing = threading.Thread(target=upkeep.finish, args=(clock.now(),))
    with db.writing():
        assert retry_unknown(message_id) == 3
        finishing.start()
        time.sleep(0.5)
    finishing.join()
    assert states(message_id) == {"accepted": 17, "pending": 3}
    with db.reading():
        assert session.get_one(Message, message_id).state is MessageState.SENDING
    drain(FakeTransport())
    assert groups(message_id).accepted == 20
