"""Launching: once, whole, resumable, and never past somebody who left."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from mobilize.audiences import audience, pages
from mobilize.audiences.audience import Audience
from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.delivery.models import Content, Delivery, DeliveryState, Link, Message
from mobilize.mailings import launch, service
from mobilize.mailings.launch import launch_due
from mobilize.mailings.models import Mailing, MailingState
from mobilize.mailings.progress import progress_of
from mobilize.mailings.queries import mailing_anywhere
from mobilize.subscribers.service import Evidence, leave
from tests.crowd import make_people
from tests.mailings.conftest import House


def send(uid: str) -> None:
    with db.writing():
        service.send_mailing(mailing_anywhere(uid))


def at_once(*work: Callable[[], object]) -> None:
    """Run in threads that begin together; their errors are the test's."""
    start, errors = threading.Barrier(len(work)), []

    def run(one: Callable[[], object]) -> None:
        start.wait()
        try:
            one()
        except Exception as error:  # noqa: BLE001 - handed to the test below
            errors.append(error)

    threads = [threading.Thread(target=run, args=(one,)) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def rows(uid: str) -> dict[int, DeliveryState]:
    with db.reading():
        message_id = mailing_anywhere(uid).message_id
        found = session.execute(select(Delivery.recipient_id, Delivery.state).where(Delivery.message_id == message_id))
        return {row[0]: row[1] for row in found}


def test_two_launches_at_once_are_one(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two clocks: one message, one set of contents and links, each person once."""
    monkeypatch.setattr(audience, "next_page", lambda *where, **_size: pages.next_page(*where, size=2))
    uid = house.mailing()
    send(uid)
    at_once(launch_due, launch_due, launch_due)
    with db.reading():
        assert session.scalar(select(func.count()).select_from(Message)) == 1
        assert session.scalar(select(func.count()).select_from(Content)) == 2
        assert session.scalar(select(func.count()).select_from(Link)) == 2
        found = progress_of(mailing_anywhere(uid))
    assert (found.state.value, found.audience, found.pending) == ("sending", 5, 5)
    assert len(rows(uid)) == 5


def test_two_presses_at_once_are_one(house: House) -> None:
    """A double click sets one moment and one launch follows."""
    uid = house.mailing()
    at_once(lambda: send(uid), lambda: send(uid))
    launch_due()
    assert len(rows(uid)) == 5


def test_a_crash_between_pages_goes_on_where_it_stopped(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next tick takes up the cursor: nobody twice, nobody missing; until then it shows as being prepared."""
    uid = house.mailing()
    send(uid)
    steps = {"left": 2}
    add = launch._add_next_page

    def dies(mailing_id: int) -> bool:
        steps["left"] -= 1
        if steps["left"] < 0:
            raise RuntimeError("power cut")
        return add(mailing_id)

    monkeypatch.setattr(audience, "next_page", lambda *where, **_size: pages.next_page(*where, size=2))
    monkeypatch.setattr(launch, "_add_next_page", dies)
    launch_due()
    with db.reading():
        found = progress_of(mailing_anywhere(uid))
        assert (found.state.value, found.audience, found.pending) == ("preparing", 4, 4)
    monkeypatch.setattr(launch, "_add_next_page", add)
    launch_due()
    with db.reading():
        row = mailing_anywhere(uid)
        found = progress_of(row)
        assert (found.state.value, found.audience, found.pending) == ("sending", 5, 5)
        assert row.audience == row.to_whom.count()


def test_cancelled_while_it_is_prepared_it_stops(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """No page follows, and the copies of those already in are revoked."""
    uid = house.mailing()
    send(uid)
    monkeypatch.setattr(audience, "next_page", lambda *where, **_size: pages.next_page(*where, size=2))
    add = launch._add_next_page

    def once(mailing_id: int) -> bool:
        add(mailing_id)
        return False

    monkeypatch.setattr(launch, "_add_next_page", once)
    launch_due()
    with db.writing():
        assert service.cancel(mailing_anywhere(uid)) == 2
    monkeypatch.setattr(launch, "_add_next_page", add)
    assert launch_due() == 0
    assert set(rows(uid).values()) == {DeliveryState.REVOKED}
    with db.reading():
        found = progress_of(mailing_anywhere(uid))
        assert (found.state.value, found.audience, found.revoked) == ("cancelled", 2, 2)


def test_what_cannot_leave_goes_back_to_its_author(house: House) -> None:
    """Everybody left since it was scheduled: a draft again, with the reason."""
    uid = house.mailing()
    with db.writing():
        service.send_mailing(mailing_anywhere(uid), at=clock.now() + timedelta(hours=1))
    with db.writing():
        row = mailing_anywhere(uid)
        row.to_whom = Audience(row.organisation_id)
    with clock.frozen(clock.now() + timedelta(hours=2)):
        launch_due()
    with db.reading():
        row = mailing_anywhere(uid)
        assert (row.state, row.problem) == (MailingState.DRAFT, "Choose at least one list")


def test_one_that_fails_does_not_hold_up_the_others(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of ours in one mailing is logged, and the next one leaves."""
    first, second = house.mailing(), house.mailing()
    send(first)
    send(second)
    freeze = launch._freeze

    def fails(row: Mailing, ready: launch.Ready) -> None:
        if row.uid == first:
            raise RuntimeError("fault")
        freeze(row, ready)

    monkeypatch.setattr(launch, "_freeze", fails)
    launch_due()
    assert (len(rows(first)), len(rows(second))) == (0, 5)
    monkeypatch.setattr(launch, "_freeze", freeze)
    launch_due()
    assert len(rows(first)) == 5


def test_the_demonstration_stays_here_when_mail_is_real(house: House) -> None:
    """With a real mail server set, its mailings are never launched."""
    uid = house.mailing()
    with db.writing():
        mailing_anywhere(uid).is_demonstration = True
    send(uid)
    assert launch_due(demonstration=False) == 0
    assert launch_due(demonstration=True) == 1


def test_a_launch_racing_people_who_leave(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever left is not pending afterwards, whichever came first."""
    with db.writing():
        leaving = make_people(house.row, 30, [house.newsletter, house.urgent])
    monkeypatch.setattr(audience, "next_page", lambda *where, **_size: pages.next_page(*where, size=3))

    def everyone_leaves() -> None:
        for one in leaving:
            with db.writing():
                leave(one, [house.urgent.id, house.newsletter.id], Evidence("one-click"))

    uid = house.mailing()
    send(uid)
    at_once(launch_due, everyone_leaves)
    found = rows(uid)
    assert {found[one] for one in leaving if one in found} <= {DeliveryState.REVOKED}
    assert sum(state is DeliveryState.PENDING for state in found.values()) == 5
    with db.reading():
        progress = progress_of(mailing_anywhere(uid))
        assert progress.audience == progress.pending + progress.revoked == len(found)
