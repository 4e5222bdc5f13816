"""What waits is found without a look at what has ended."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import text

from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.core.settings import Settings
from mobilize.delivery import queries
from mobilize.delivery.models import Stream
from mobilize.delivery.sending import claims, endings
from mobilize.delivery.sending.claims import Hold
from mobilize.delivery.sending.windows import connect
from tests.crowd import make_list, make_people
from tests.delivery.engine_world import World
from tests.factories import make_organisation
from tests.plans import planning

FROM_THE_START = re.compile(r"Seq Scan on deliveries|pk_deliveries on deliveries\w*  [^\n]*\n +Filter|SCAN deliveries")


@pytest.fixture
def world(installation: Settings) -> World:
    """Five thousand people on a list."""
    with db.writing():
        organisation = make_organisation()
        newsletter = make_list(organisation)
        people = make_people(organisation, 5_000, [newsletter])
        return World(organisation, [newsletter.id], people)


def test_nothing_between_windows_reads_the_table_from_its_start(world: World) -> None:
    """With statistics from when all rows waited, too: else each claim of a large mailing takes longer than the last."""
    message_id, now = world.launch(), clock.now()
    with db.writing():
        session.execute(text("ANALYZE"))
    with planning() as plans, connect() as connection:
        with connection.begin():
            rows = claims.claim(connection, Stream.BULK, Hold("test"), 10, now, now + timedelta(minutes=1))
            endings.finish_messages(connection, [message_id], now)
        with db.reading():
            assert queries.due_streams(now) == [Stream.BULK]
    assert len(rows) == 10
    about_rows = [plan for plan in plans if "deliveries" in plan]
    assert about_rows
    assert [plan for plan in about_rows if "ix_deliveries_" not in plan or FROM_THE_START.search(plan)] == []
