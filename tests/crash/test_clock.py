"""The clock fails: nobody beats it, two beat it at once, or it is set by an hour. Mail leaves, once."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from mobilize import tick
from mobilize.audiences.audience import Audience
from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.core.heartbeat import ClockState
from mobilize.core.settings import Settings
from mobilize.delivery.models import MessageState
from mobilize.delivery.sending import upkeep
from mobilize.mailings.forms import parse_content_file
from mobilize.mailings.progress import Progress, progress_of
from mobilize.mailings.queries import mailing_anywhere
from mobilize.mailings.service import create_mailing, send_mailing
from tests.crash.crew import environment_of, on_duty
from tests.crowd import make_list, make_people
from tests.delivery.engine_world import FakeTransport, drain, groups, make_world, states
from tests.factories import make_organisation
from tests.mailings.conftest import CONTENT
from tests.smtp_server import SmtpServer, running

pytestmark = [pytest.mark.crash, pytest.mark.timeout(300)]

PEOPLE = 200
HOUR = timedelta(hours=1)


class Calendar:
    """What `clock.now` says: the real time, set by ``off``."""

    def __init__(self) -> None:
        self.off = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.off


@pytest.fixture
def calendar(monkeypatch: pytest.MonkeyPatch) -> Calendar:
    """A calendar to be set. This process has watched it since it began, whatever other tests told it meanwhile."""
    calendar, watch = Calendar(), upkeep.ClockWatch()
    watch.is_steady(calendar(), time.monotonic())
    monkeypatch.setattr(clock, "now", calendar)
    monkeypatch.setattr(upkeep, "_watch", watch)
    return calendar


def due_mailing() -> str:
    """A mailing to PEOPLE that a campaigner has sent; its uid."""
    with db.writing():
        city = make_organisation()
        one = make_list(city)
        make_people(city, PEOPLE, [one])
        uid = create_mailing(Audience.of(city.id, [one.id]), parse_content_file(json.dumps(CONTENT))).uid
    with db.writing():
        send_mailing(mailing_anywhere(uid))
    return uid


def progress(uid: str) -> Progress:
    with db.reading():
        return progress_of(mailing_anywhere(uid))


def test_without_a_beat_a_worker_launches_and_sends(installation: Settings) -> None:
    """The last tick is a minute old and no other is rung: a worker of the bulk queue alone sees to everything."""
    uid = due_mailing()
    with db.writing():
        session.add(ClockState(id=1, last_tick_at=clock.now() - timedelta(minutes=1)))
    with running(SmtpServer()) as server, on_duty(installation, server, "bulk") as crew:
        crew.until(lambda: progress(uid).has_ended, clock=False)
    assert progress(uid).accepted == len(server.copies()) == PEOPLE
    assert set(server.copies().values()) == {1}


def test_two_beats_launch_once(installation: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Passes that overlap, because one lasts longer than the time to the next: one launch, one row for each reader."""
    uid = due_mailing()
    monkeypatch.setattr(tick, "_claimed", lambda _now: True)
    barrier = threading.Barrier(4)

    def beat() -> None:
        barrier.wait()
        assert tick.run(clock.now(), installation)

    with ThreadPoolExecutor(4) as beats:
        for done in [beats.submit(beat) for _number in range(4)]:
            done.result()
    found = progress(uid)
    assert (found.state.value, found.audience, found.pending) == ("sending", PEOPLE, PEOPLE)
    transport = FakeTransport()
    drain(transport)
    assert len(transport.sent) == len(set(transport.readers)) == PEOPLE


@pytest.mark.parametrize("step", [HOUR, -HOUR], ids=["forward", "back"])
def test_the_calendar_is_set_in_the_middle_of_a_mailing(
    installation: Settings, calendar: Calendar, step: timedelta
) -> None:
    """The next tick is made as ever and leaves the worker its rows; everyone has one copy."""
    world = make_world(people=PEOPLE)
    message_id = world.launch()
    assert tick.run(clock.now(), installation)

    def set_calendar(sent: int) -> None:
        if sent == PEOPLE // 2:
            calendar.off += step
            assert tick.run(clock.now() + timedelta(seconds=2), installation)
            assert set(states(message_id)) == {"accepted", "attempting", "claimed"}

    transport = FakeTransport(before=set_calendar)
    drain(transport)
    assert len(transport.sent) == len(set(transport.readers)) == PEOPLE
    assert states(message_id) == {"accepted": PEOPLE}
    assert groups(message_id).state is MessageState.FINISHED


_FIRST_TICK = """
import os, sys
from datetime import UTC, datetime, timedelta
from mobilize import tick
from mobilize.core import clock
from mobilize.core.settings import load
from tasks.worker import open_parts

settings = load(os.environ)
open_parts()
clock.now = lambda: datetime.now(UTC) + timedelta(hours=1)
sys.exit(not tick.run_if_late(clock.now(), settings))
"""


def test_a_process_that_never_ticked_notices_too(installation: Settings) -> None:
    """Set forward, beat looks late to every worker: the first to tick in its stead takes no living worker's rows."""
    world = make_world(people=10)
    message_id = world.launch()
    assert tick.run(clock.now(), installation)
    environ = {"MOBILIZE_DATA_DIR": str(installation.data_dir), "MOBILIZE_DATABASE_URL": installation.database_url}

    def let_another_tick(sent: int) -> None:
        if sent == 5:
            subprocess.run([sys.executable, "-c", _FIRST_TICK], check=True, env=environment_of(environ))
            assert states(message_id) == {"attempting": 10}

    transport = FakeTransport(before=let_another_tick)
    drain(transport)
    assert states(message_id) == {"accepted": 10}
