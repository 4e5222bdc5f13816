"""Mail about one calendar entry, with real workers that are killed while newer mail about it is written."""

from __future__ import annotations

import re
import signal
from collections import defaultdict

import pytest
from sqlalchemy import func, select, update

from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.core.settings import Settings
from mobilize.delivery.models import Delivery, DeliveryState, Message, Stream
from mobilize.delivery.retries import retry_failed, retry_unknown
from mobilize.delivery.service import Addressee, send_many
from tests.crash.racing import together
from tests.crash.workers import reap, until, worker
from tests.delivery.engine_world import World, make_world
from tests.smtp_server import DROP, SmtpServer, running

pytestmark = [pytest.mark.crash, pytest.mark.timeout(300)]

PEOPLE = 40
VERSIONS = 3
_TO = re.compile(rb"^To: .*?([\w.-]+@[\w.-]+)>?\r$", re.MULTILINE)
_VERSION = re.compile(rb"Version (\d+)")


def tell(world: World, version: int) -> int:
    """A mail about the entry to everybody; its message's id."""
    facts = {"lists": f"Version {version}", "action_url": "https://example.org/c/1"}
    rows = [Addressee(person, "en", facts) for person in world.people]
    house = world.organisation
    with db.writing():
        uid = send_many(
            "signup/confirm",
            rows,
            organisation=house,
            anchor="event:abc",
            calendar_key="event:1",
            stream=Stream.BULK,
        )
        return session.scalars(select(Message.id).where(Message.uid == uid)).one()


def press_again(messages: list[int]) -> None:
    """ "Send again" for whatever failed or is in doubt; and what was put off is due now."""
    for message_id in messages:
        with db.writing():
            retry_failed(message_id)
            retry_unknown(message_id)
    with db.writing():
        waiting = update(Delivery).where(Delivery.state == DeliveryState.DEFERRED).values(next_at=clock.now())
        session.execute(waiting, execution_options={"synchronize_session": False})


def accepted(message_id: int) -> int:
    with db.reading():
        taken = Delivery.state == DeliveryState.ACCEPTED
        count = select(func.count()).where(Delivery.message_id == message_id, taken)
        return session.scalar(count) or 0


def test_what_a_server_gets_rises_and_ends_with_the_last(installation: Settings) -> None:
    """Two workers, one killed each time, a server that puts off, refuses and hangs up: the newest entry is the last."""
    world, messages = make_world(people=PEOPLE), []
    with running(SmtpServer(delay=0.002)) as server:
        for version in range(VERSIONS):
            before = len(server.messages)
            messages.append(tell(world, version))
            server.will("DOT", *["ok"] * 5, "451 4.3.0 later", "552 5.2.2 full", DROP, *["ok"] * 5, "451 4.3.0 later")
            with worker(installation, server) as mortal, worker(installation, server) as other:
                until(lambda least=before + PEOPLE // 3: len(server.messages) >= least)  # type: ignore[misc]
                mortal.send_signal(signal.SIGKILL)
                mortal.wait()
                if version % 2:
                    other.send_signal(signal.SIGKILL)
                other.wait(120)
            reap()
            press_again(messages)
        server.answers.clear()
        while accepted(messages[-1]) < PEOPLE:
            press_again(messages)
            with worker(installation, server) as process:
                process.wait(120)
    got = versions(server)
    assert got.keys() == {f"reader-{number}@example.net" for number in range(PEOPLE)}
    for address, found in got.items():
        assert found == sorted(found), address
        assert found[-1] == VERSIONS - 1


def versions(server: SmtpServer) -> dict[str, list[int]]:
    """Which mails everybody got, in the order in which the server took them."""
    got: defaultdict[str, list[int]] = defaultdict(list)
    for raw in server.messages:
        to, version = _TO.search(raw), _VERSION.search(raw.replace(b"=\r\n", b""))
        assert to
        assert version
        got[to[1].decode()].append(int(version[1]))
    return got


def test_rows_of_a_key_are_committed_in_the_order_of_their_ids(installation: Settings) -> None:
    """Three writers at once, fifty times: of everybody's rows only the one with the highest id is left to leave."""
    world = make_world(people=10)
    for version in range(0, 150, 3):
        together(*(lambda number=version + more: tell(world, number) for more in range(3)))  # type: ignore[misc]
        with db.reading():
            latest = dict(
                session.execute(
                    select(Delivery.recipient_id, func.max(Delivery.id)).group_by(Delivery.recipient_id)
                ).all()
            )
            left = session.execute(
                select(Delivery.recipient_id, Delivery.id).where(Delivery.state == DeliveryState.PENDING)
            )
            assert dict(left.all()) == latest
