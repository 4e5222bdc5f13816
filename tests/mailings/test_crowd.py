"""Many people on three overlapping lists: one copy each, and groups that sum to the audience whenever read."""

from __future__ import annotations

import json
import threading

from mobilize.core import db
from mobilize.mailings import service
from mobilize.mailings.forms import parse_content_file
from mobilize.mailings.launch import launch_due
from mobilize.mailings.progress import Progress, progress_of
from mobilize.mailings.queries import mailing_anywhere
from tests.crowd import make_list, make_people
from tests.delivery.engine_world import FakeTransport, drain
from tests.mailings.conftest import CONTENT, House

EACH = 1_250


def crowd_on_three_lists(house: House) -> tuple[list[int], int]:
    """10,000 people, alone on a list, on two, on all three; the lists, and how many people that makes."""
    with db.writing():
        one, two, three = (make_list(house.row, slug) for slug in ("one", "two", "three"))
        overlaps = ([one], [two], [three], [one, two], [one, three], [two, three], [one, two, three], [three, one, two])
        people = [person for lists in overlaps for person in make_people(house.row, EACH, lists, "fr")]
    return [one.id, two.id, three.id], len(set(people))


def test_one_copy_each_and_groups_that_always_sum(house: House) -> None:
    """Read again and again while it is prepared and sent, the groups never disagree with the audience."""
    lists, expected = crowd_on_three_lists(house)
    with db.writing():
        uid = service.create_mailing(house.row.id, parse_content_file(json.dumps(CONTENT)), lists).uid
        service.send_mailing(mailing_anywhere(uid))
    transport = FakeTransport()
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
