"""What is sent now is under way at once: no step of it waits for the clock."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from mobilize.audiences.audience import Audience
from mobilize.core import db
from mobilize.core.db import session
from mobilize.core.heartbeat import ClockState
from mobilize.core.settings import Settings
from mobilize.delivery.models import Delivery, Message
from mobilize.mailings import launch
from mobilize.mailings.forms import parse_content_file
from mobilize.mailings.models import Mailing, MailingState
from mobilize.mailings.queries import mailing_anywhere
from mobilize.mailings.service import create_mailing, send_mailing
from mobilize.subscribers.models import MailingList
from tests.crash.crew import Crew, on_duty
from tests.crowd import make_list, make_people
from tests.factories import make_organisation
from tests.mailings.conftest import CONTENT
from tests.smtp_server import SmtpServer, running


def send_now(one: MailingList) -> str:
    with db.writing():
        uid = create_mailing(Audience.of(one.organisation_id, [one.id]), parse_content_file(json.dumps(CONTENT))).uid
    with db.writing():
        send_mailing(mailing_anywhere(uid))
    return uid


def make_readers(count: int) -> MailingList:
    with db.writing():
        house = make_organisation()
        one = make_list(house)
        make_people(house, count, [one])
    return one


TRIES = 5
"""Mailings that may be tried: a pass that has nothing to do with the mail may fall into one of them.

A bell rung just before the workers came, a pass of a worker that finds the last one late, a process that is slow.
"""


@pytest.mark.crash
@pytest.mark.timeout(300)
def test_no_step_waits_for_the_clock(installation: Settings) -> None:
    """Launch, claim and sending follow each other by bells: a mailing leaves with no tick from commit to last mail.

    If a step needed the clock, no mailing ever would.
    """
    one = make_readers(30)
    with running(SmtpServer()) as server, on_duty(installation, server, "bulk", "background") as crew:
        crew.ring_clock()
        crew.until(lambda: _last_tick() is not None, clock=False)
        assert any(_left_without_a_tick(one, crew, server) for _try in range(TRIES))


def _left_without_a_tick(one: MailingList, crew: Crew, server: SmtpServer) -> bool:
    """Whether the last mail of a mailing was there before the clock passed again."""
    before, expected = _last_tick(), len(server.messages) + 30
    send_now(one)
    crew.until(lambda: len(server.messages) == expected, clock=False)
    return _last_tick() == before


def test_the_first_pages_are_small(installation: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the first commit, after which sending begins, comes soon."""
    one = make_readers(12)
    monkeypatch.setattr(launch, "FIRST_PAGE", 2)
    monkeypatch.setattr(launch, "PAGE_SIZE", 4)
    pages: list[int] = []
    add_page = launch.add_page
    monkeypatch.setattr(launch, "add_page", lambda *page: pages.append(add_page(*page)))
    send_now(one)
    launch.launch_due()
    assert pages == [2, 2, 4, 4]


def test_a_long_launch_does_not_hold_up_the_next(installation: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sent while another is being prepared, a mailing gets its first page after one page of the other."""
    long, short = make_readers(12), make_readers(2)
    monkeypatch.setattr(launch, "FIRST_PAGE", 2)
    monkeypatch.setattr(launch, "PAGE_SIZE", 2)
    order: list[int] = []
    add_page = launch.add_page

    def note(message_id: int, page: object) -> int:
        order.append(message_id)
        return add_page(message_id, page)  # type: ignore[arg-type]

    monkeypatch.setattr(launch, "add_page", note)
    first = send_now(long)
    step = launch._step
    second: list[str] = []

    def step_and_send(*words: object) -> bool:
        more = step(*words)  # type: ignore[arg-type]
        if not second:
            second.append(send_now(short))
        return more

    monkeypatch.setattr(launch, "_step", step_and_send)
    assert launch.launch_due() == 2
    with db.reading():
        ids = {uid: session.scalar(select(Mailing.message_id).where(Mailing.uid == uid)) for uid in (first, second[0])}
        assert order[:3] == [ids[first], ids[first], ids[second[0]]]
        assert session.scalars(select(Mailing.state)).all() == [MailingState.LAUNCHED] * 2
        assert len(session.scalars(select(Delivery.id)).all()) == 14
        assert all(audience is not None for audience in session.scalars(select(Message.audience)))


def _last_tick() -> object:
    with db.reading():
        return session.scalar(select(ClockState.last_tick_at))
