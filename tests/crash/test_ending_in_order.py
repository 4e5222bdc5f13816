"""SIGTERM in the middle of a mailing: what is on the wire is finished and recorded, the rest waits for the next one."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import func, select

from mobilize.core import db
from mobilize.core.db import session
from mobilize.core.heartbeat import Heartbeat
from mobilize.core.settings import Settings
from mobilize.delivery.models import MessageState
from mobilize.server.plan import GRACE, Stage
from tests.crash.crew import on_duty
from tests.delivery.engine_world import groups, make_world, states
from tests.smtp_server import SmtpServer, running

pytestmark = [pytest.mark.crash, pytest.mark.timeout(300)]

PEOPLE = 400


def alive() -> int:
    """How many workers have given a sign of life."""
    with db.reading():
        return session.scalar(select(func.count()).select_from(Heartbeat)) or 0


def test_workers_asked_to_end_lose_and_double_nothing(installation: Settings) -> None:
    """Two that share a mailing end well, before a supervisor would kill them; ledger and server agree to the mail."""
    world = make_world(people=PEOPLE)
    with running(SmtpServer(delay=0.1)) as server, on_duty(installation, server, "bulk", "bulk", "background") as crew:
        crew.until(lambda: alive() == len(crew.processes))
        message_id = world.launch()
        crew.until(lambda: len(server.messages) >= PEOPLE // 4)
        began = time.monotonic()
        assert crew.stop() == [0, 0, 0]
        assert time.monotonic() - began < GRACE[Stage.WORK]

        copies = server.copies()
        assert PEOPLE // 4 <= len(copies) < PEOPLE
        assert states(message_id) == {"accepted": len(copies), "pending": PEOPLE - len(copies)}

        server.delay = 0.0
        crew.start()
        crew.until(lambda: groups(message_id).state is MessageState.FINISHED)
    assert groups(message_id).accepted == len(server.copies()) == PEOPLE
    assert set(server.copies().values()) == {1}
