"""Everybody presses "unsubscribe" in their email program while a mailing to them is launched."""

from __future__ import annotations

import random
import time
from itertools import count

import pytest
from flask import Flask

from mobilize.audiences import audience, pages
from mobilize.core import db
from mobilize.core.tokens import mint
from mobilize.delivery.models import DeliveryState
from mobilize.delivery.purposes import UNSUBSCRIBE
from mobilize.mailings import launch
from mobilize.mailings.launch import launch_due
from mobilize.mailings.progress import progress_of
from mobilize.mailings.queries import mailing_anywhere
from mobilize.subscribers.rules import EVERYTHING
from tests.crowd import make_people
from tests.mailings.conftest import House
from tests.mailings.conftest import house as house
from tests.mailings.test_launch import at_once, rows, send

PAGES = 50


@pytest.mark.timeout(600)
def test_nobody_who_left_is_waiting(app: Flask, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of them races a page of the launch, leaving this list or everything; who stayed is still to be mailed."""
    number = 1_000 if db.is_sqlite() else 100
    with db.writing():
        leaving = make_people(house.row, number, [house.newsletter])
    presses = [(one, mint(UNSUBSCRIBE, one, house.newsletter.id if one % 2 else EVERYTHING)) for one in leaving]
    # In nearly the order of the launch's pages, so that the two stay side by side.
    presses.sort(key=lambda press: press[0] + random.Random(press[0]).randrange(number // 10))

    pressed: list[int] = []

    def everyone_leaves() -> None:
        client = app.test_client()
        for one, token in presses:
            answer = client.post(f"/u/{token}", data={"List-Unsubscribe": "One-Click"})
            pressed.append(one)
            assert answer.status_code == 200

    add, pages_added, size = launch._add_next_page, count(), number // PAGES

    def side_by_side(mailing_id: int) -> bool:
        """The next page, once about as many people have pressed as are prepared."""
        wanted = min(next(pages_added) * size, number)
        while len(pressed) < wanted:
            time.sleep(0.001)
        return add(mailing_id)

    monkeypatch.setattr(audience, "next_page", lambda *where, **_size: pages.next_page(*where, size=size))
    monkeypatch.setattr(launch, "_add_next_page", side_by_side)
    uid = house.mailing()
    send(uid)
    at_once(launch_due, everyone_leaves)
    found = rows(uid)
    assert 0 < len(found) - 5 < number, "nobody raced: all left before they were prepared, or all after"
    assert {found[one] for one in leaving if one in found} <= {DeliveryState.REVOKED, DeliveryState.SUPPRESSED}
    assert sum(state is DeliveryState.PENDING for state in found.values()) == 5
    with db.reading():
        progress = progress_of(mailing_anywhere(uid))
        assert progress.audience == progress.pending + progress.revoked + progress.suppressed == len(found)
