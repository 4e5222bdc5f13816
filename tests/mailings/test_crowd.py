"""Many people on three overlapping lists: one copy each, and groups that sum to the audience whenever read."""

from __future__ import annotations

import json
import threading

from mobilize.audiences.audience import Audience
from mobilize.core import db
from mobilize.mailings import service
from mobilize.mailings.forms import parse_content_file
from mobilize.mailings.launch import launch_due
from mobilize.mailings.progress import Progress, progress_of
from mobilize.mailings.queries import mailing_anywhere
from tests.crowd import make_overlapping_lists
from tests.delivery.engine_world import FakeTransport, drain
from tests.mailings.conftest import CONTENT, House

EACH = 1_250


def test_one_copy_each_and_groups_that_always_sum(house: House) -> None:
    """Read again and again while it is prepared and sent, the groups never disagree with the audience."""
    with db.writing():
        lists, people = make_overlapping_lists(house.row, EACH)
        uid = service.create_mailing(Audience.of(house.row.id, lists), parse_content_file(json.dumps(CONTENT))).uid
    with db.writing():
        service.send_mailing(mailing_anywhere(uid))
    expected, transport = len(set(people)), FakeTransport()
    readings: list[Progress] = []
    ended = threading.Event()

    def watch() -> None:
        while not ended.is_set():
            with db.reading():
                readings.append(progress_of(mailing_anywhere(uid)))
            ended.wait(0.02)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        launch_due()
        drain(transport)
    finally:
        ended.set()
        watcher.join()
    with db.reading():
        last = progress_of(mailing_anywhere(uid))
    assert (last.state.value, last.audience, last.accepted) == ("finished", expected, expected)
    assert len(transport.readers) == len(set(transport.readers)) == expected
    assert len({one.accepted for one in readings}) > 2
    for one in readings:
        if one.has_left:
            ended_rows = one.accepted + one.failed + one.suppressed + one.revoked + one.unknown
            assert one.pending + one.deferred + ended_rows == one.audience
