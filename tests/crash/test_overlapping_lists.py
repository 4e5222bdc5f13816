"""A worker killed in the middle of a mailing to people who are on several of its lists."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import select

from mobilize.audiences.audience import Audience
from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.core.settings import Settings
from mobilize.delivery.models import Recipient
from mobilize.delivery.queries import GROUPS, unknown_rows
from mobilize.delivery.recipients import contact_of
from mobilize.delivery.sending.upkeep import finish
from mobilize.mailings import service
from mobilize.mailings.forms import parse_content_file
from mobilize.mailings.launch import launch_due
from mobilize.mailings.progress import Progress, progress_of
from mobilize.mailings.queries import mailing_anywhere
from mobilize.mailings.unclear import PAGE, unclear_page
from tests.crash.workers import IN_DOUBT, reap, until, worker
from tests.crowd import make_overlapping_lists
from tests.factories import make_organisation
from tests.mailings.conftest import CONTENT
from tests.smtp_server import SmtpServer, running

pytestmark = [pytest.mark.crash, pytest.mark.timeout(300)]

EACH = 1_250
"""People on each of the eight ways to be on three lists: 1,250 make the 10,000 of a large mailing."""


def launched() -> tuple[str, list[int]]:
    """A mailing to three overlapping lists, prepared; its uid and the people."""
    with db.writing():
        city = make_organisation()
        lists, people = make_overlapping_lists(city, EACH)
        text = parse_content_file(json.dumps(CONTENT))
        uid = service.create_mailing(Audience.of(city.id, lists), text).uid
    with db.writing():
        service.send_mailing(mailing_anywhere(uid))
    launch_due()
    return uid, people


@contextmanager
def watched(uid: str) -> Iterator[list[Progress]]:
    """What the progress page would show, read again and again while the block runs."""
    readings: list[Progress] = []
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(0.05):
            readings.append(progress(uid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield readings
    finally:
        ended.set()
        watcher.join()


def progress(uid: str) -> Progress:
    with db.reading():
        return progress_of(mailing_anywhere(uid))


def addresses(people: list[int]) -> set[str]:
    with db.reading():
        return {contact_of(row).email for row in session.scalars(select(Recipient)) if row.id in people}


def listed_as_unknown(uid: str) -> tuple[list[int], int]:
    """Everyone whose copy is in doubt, and how many of them the mailing's page shows."""
    with db.reading():
        row = mailing_anywhere(uid)
        assert row.message_id is not None
        return [one.recipient_id for one in unknown_rows(row.message_id)], len(unclear_page(row).copies)


def test_a_killed_worker_leaves_nobody_out(installation: Settings) -> None:
    """One copy each; groups that always sum to the people counted before; the ones in doubt are listed by name."""
    uid, people = launched()
    with running(SmtpServer(delay=0.002)) as server, watched(uid) as readings:
        with worker(installation, server) as killed:
            until(lambda: len(server.messages) >= len(people) // 2)
            killed.send_signal(signal.SIGKILL)
            killed.wait()
        assert progress(uid).pending > 0
        reap()
        with worker(installation, server) as second:
            second.wait(200)
    finish(clock.now())
    last, copies = progress(uid), server.copies()
    in_doubt, shown = listed_as_unknown(uid)

    assert (last.state.value, last.audience) == ("finished", len(people))
    assert (last.accepted, last.unknown) == (len(people) - len(in_doubt), len(in_doubt))
    assert 0 < len(in_doubt) <= IN_DOUBT
    assert shown == min(len(in_doubt), PAGE)
    assert set(copies.values()) == {1}
    assert addresses(people) - copies.keys() <= addresses(in_doubt)
    assert copies.keys() <= addresses(people)
    assert {sum(getattr(one, name) for name in GROUPS) for one in readings} == {len(people)}
    assert len({one.accepted for one in readings}) > 2
