"""The ledger forgets who got what: numbers are stored first, rows go in steps, contents after their last row."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import func, select

from mobilize import tick
from mobilize.audiences.audience import Audience
from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.core.settings import Settings
from mobilize.delivery import retention
from mobilize.delivery.models import Content, Delivery, Link, Message, Recipient, Return
from mobilize.delivery.retention import CONTENTS, LEFT_OVER, LISTS, SERVICE
from mobilize.mailings import service
from mobilize.mailings.forms import parse_content_file
from mobilize.mailings.launch import launch_due
from mobilize.mailings.models import Mailing
from mobilize.organisations.models import Organisation
from mobilize.reports.queries import MailingReport, latest_lines, mailing_report
from mobilize.subscribers.evidence import Evidence
from mobilize.subscribers.service import leave, mail_fresh_link
from tests.crowd import make_list, make_people
from tests.delivery.engine_world import FakeTransport, drain
from tests.delivery.returned_mail import HARD, come_back, path_of
from tests.factories import make_organisation

CONTENT = """{"name": "Letter", "languages": {"en": {"subject": "Hi", "blocks": [
 {"type": "text", "markdown": "Hi, [read](https://example.org/read)."}]}}}"""
DAY = timedelta(days=1)


@pytest.fixture
def house(installation: Settings) -> Organisation:
    with db.writing():
        return make_organisation()


@pytest.fixture
def sent(house: Organisation) -> str:
    """A mailing to twelve: one came back, two unsubscribed; its uid."""
    with db.writing():
        topic = make_list(house)
        people = make_people(house, 12, [topic])
        uid = service.create_mailing(Audience.of(house.id, [topic.id]), parse_content_file(CONTENT)).uid
    with db.writing():
        service.send_mailing(session.scalars(select(Mailing).where(Mailing.uid == uid)).one())
    launch_due(clock.now())
    drain(FakeTransport())
    with db.reading():
        delivery_id = session.scalars(select(Delivery.id).order_by(Delivery.id)).first()
    assert delivery_id
    come_back(HARD, path_of(delivery_id))
    with db.writing():
        for person in people[1:3]:
            leave(person, [topic.id], Evidence("one-click"))
    return uid


def report_of(uid: str) -> MailingReport:
    with db.reading():
        return mailing_report(session.scalars(select(Mailing).where(Mailing.uid == uid)).one())


def rows(model: type[db.Base]) -> int:
    with db.reading():
        return session.scalar(select(func.count()).select_from(model)) or 0


def pass_of(settings: Settings, moment: timedelta) -> None:
    """Two passes of the clock, so much later: the first stores, the second deletes what upper features stored."""
    now = clock.now() + moment
    with time_machine.travel(now, tick=False):
        tick.run(now, settings)
    with time_machine.travel(now + timedelta(seconds=5), tick=False):
        tick.run(now + timedelta(seconds=5), settings)


def test_nothing_goes_before_its_time(installation: Settings, sent: str):
    pass_of(installation, LISTS - DAY)
    assert (rows(Delivery), rows(Return)) == (12, 1)


def test_a_report_is_the_same_after_its_rows_went(installation: Settings, house: Organisation, sent: str):
    """Groups, reasons, what came back and who unsubscribed are stored with the message; links stay."""
    before = report_of(sent)
    with db.reading():
        line = latest_lines(house.id)
    assert (before.progress.accepted, before.left, before.returned.hard) == (12, 2, 1)
    pass_of(installation, LISTS + DAY)
    assert (rows(Delivery), rows(Return)) == (0, 0)
    assert report_of(sent) == before
    with db.reading():
        assert latest_lines(house.id) == line
    assert rows(Link) == 1


def test_few_who_left_are_not_told_afterwards_either(installation: Settings, house: Organisation):
    """What is merged when it is shown is merged when it is stored."""
    with db.writing():
        topic = make_list(house)
        (person, *_others) = make_people(house, 3, [topic])
        uid = service.create_mailing(Audience.of(house.id, [topic.id]), parse_content_file(CONTENT)).uid
    with db.writing():
        service.send_mailing(session.scalars(select(Mailing).where(Mailing.uid == uid)).one())
    launch_due(clock.now())
    drain(FakeTransport())
    with db.writing():
        leave(person, [topic.id], Evidence("one-click"))
    pass_of(installation, LISTS + DAY)
    assert report_of(uid).left is None
    with db.reading():
        final = session.scalars(select(Message.final)).one()
    assert final is not None
    assert final["left"] is None


def test_rows_go_in_small_steps(installation: Settings, sent: str, monkeypatch: pytest.MonkeyPatch):
    """A step that is killed loses nothing: the numbers are stored before the first."""
    before = report_of(sent)
    monkeypatch.setattr(retention, "ROWS", 5)
    now = clock.now() + LISTS + LEFT_OVER + DAY
    with db.writing():
        assert retention.store_service_mail(now)
    with db.writing():
        assert retention.drop_rows(now)
    assert rows(Delivery) == 7
    assert report_of(sent).progress == before.progress
    assert db.in_steps(lambda: retention.drop_rows(now)) == 2
    assert rows(Delivery) == 0


def test_service_mail_goes_sooner(installation: Settings, house: Organisation):
    """Its rows hold personal values."""
    with db.writing():
        (person,) = make_people(house, 1, [make_list(house)])
        mail_fresh_link(house, session.get_one(Recipient, person))
    drain(FakeTransport(), "transactional")
    pass_of(installation, SERVICE - DAY)
    assert rows(Delivery) == 1
    pass_of(installation, SERVICE + DAY)
    assert (rows(Delivery), rows(Message)) == (0, 1)


def test_contents_go_after_their_last_row(client: FlaskClient, installation: Settings, house: Organisation, sent: str):
    """What somebody still has stays, and so does what was frozen once more; the mailing shows its own text."""
    assert rows(Content) == 1
    pass_of(installation, LISTS + DAY)
    assert rows(Content) == 1
    pass_of(installation, CONTENTS + DAY)
    assert rows(Content) == 0
    assert report_of(sent).progress.accepted == 12


def test_a_content_that_a_row_has_stays(installation: Settings, sent: str):
    """However old it is: it is looked at again much later."""
    now = clock.now() + CONTENTS + DAY
    with db.writing():
        assert retention.drop_contents(now)
    with db.writing():
        assert not retention.drop_contents(now)
    assert rows(Content) == 1
