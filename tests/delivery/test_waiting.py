"""What may leave is found, and found without a look at what has ended."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import insert, text

from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.core.settings import Settings
from mobilize.delivery import queries
from mobilize.delivery.messages import pause_message, resume_message
from mobilize.delivery.models import Delivery, DeliveryState, Stream
from mobilize.delivery.sending import claims, endings, upkeep
from mobilize.delivery.sending.claims import Hold
from mobilize.delivery.sending.classify import DELAYS
from mobilize.delivery.sending.windows import connect
from mobilize.delivery.smtp.transport import Deferred, Phase
from tests.crowd import make_list, make_people
from tests.delivery.engine_world import FakeTransport, World, drain, make_world
from tests.factories import make_organisation
from tests.plans import planning

FROM_THE_START = re.compile(
    r"Seq Scan on deliveries|(pk|uq)_deliveries\w* on deliveries[^\n]*\n +Filter|Incremental Sort"
    r"|SCAN deliveries|TEMP B-TREE"
)


@pytest.fixture(autouse=True)
def _installed(installation: Settings) -> None:
    """Every test here has a database, keys and Redis."""


def add_confirmations(count: int) -> None:
    """So many rows of mails that were accepted long ago, each the only one of its message."""
    row = {"content_id": 1, "stream": Stream.TRANSACTIONAL, "domain_index": b"", "state": DeliveryState.ACCEPTED}
    ended = [{**row, "message_id": -n, "recipient_id": n, "changed_at": clock.now()} for n in range(1, count + 1)]
    session.execute(insert(Delivery), ended)


def due() -> list[Stream]:
    with db.reading():
        return queries.due_streams(clock.now())


def test_nothing_between_windows_reads_the_table_from_its_start() -> None:
    """With statistics from when all rows waited, too: else each claim of a large mailing takes longer than the last."""
    with db.writing():
        organisation = make_organisation()
        newsletter = make_list(organisation)
        people = make_people(organisation, 5_000, [newsletter])
        add_confirmations(5_000)
    World(organisation, [newsletter.id], people).launch()
    now = clock.now()
    if not db.is_sqlite():  # where nobody analyses anything
        with db.writing():
            session.execute(text("ANALYZE"))
    with planning() as plans, connect() as connection:
        with connection.begin():
            rows = claims.claim(connection, Stream.BULK, Hold("test"), 1_000, now, now + timedelta(minutes=1))
        upkeep.finish(now)  # in a unit of its own, as a worker asks it, too
        assert due() == [Stream.BULK]
    assert len(rows) == 1_000
    about_rows = [plan for plan in plans if "deliveries" in plan]
    takes, finishing, asking = 2, 1, 2 * len(Stream) - 1  # the last stream has a row that was never tried
    assert len(about_rows) == takes + finishing + asking
    assert [plan for plan in about_rows if "ix_deliveries_" not in plan or FROM_THE_START.search(plan)] == []


@pytest.mark.parametrize("stream", [Stream.URGENT, Stream.BULK])
def test_a_stream_is_due_while_something_of_it_may_leave(stream: Stream) -> None:
    """Not before a launch, not while it is paused, not after its end."""
    assert due() == []
    message_id = make_world(people=3).launch(stream)
    assert due() == [stream]
    with db.writing():
        pause_message(message_id)
    assert due() == []
    with db.writing():
        resume_message(message_id)
    drain(FakeTransport(), stream)
    assert due() == []


def test_a_deferred_row_is_due_when_its_time_has_come() -> None:
    """And not before, nor while its message is paused."""
    message_id = make_world(people=1).launch()
    drain(FakeTransport(answer=lambda one: Deferred(one.key, Phase.RCPT, 451, "4.3.2", "busy")))
    assert due() == []
    with clock.frozen(clock.now() + DELAYS[0] * 1.3):
        assert due() == [Stream.BULK]
        with db.writing():
            pause_message(message_id)
        assert due() == []


def test_any_number_of_messages_is_looked_at() -> None:
    """After a server was away more may be on their way than a statement takes values (65,535 on PostgreSQL)."""
    with db.writing():
        assert endings.finish_messages(session.connection(), range(1, 70_001), clock.now()) == []
        assert endings.sending_messages(session.connection(), range(1, 70_001)) == []
