"""Further information goes in one press to whoever had an email about the appeal, and to nobody else."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from mobilize.appeals.appeal import changes, queries, service
from mobilize.appeals.appeal.models import Appeal
from mobilize.appeals.appeal.rules import Outcome
from mobilize.audiences.audience import Audience
from mobilize.core import clock, db
from mobilize.core.errors import Conflict
from mobilize.delivery.models import Stream
from mobilize.mailings import appeal_mail
from mobilize.mailings import service as mailings
from mobilize.mailings.forms import parse_content_file
from mobilize.mailings.launch import launch_due
from mobilize.mailings.queries import mailing_anywhere
from mobilize.organisations.models import Organisation
from tests.appeals.writing import WRITER, approve, make_published, words
from tests.crowd import make_list, make_people
from tests.delivery.engine_world import FakeTransport, drain
from tests.factories import make_organisation
from tests.signup.visiting import hidden
from tests.staff import COOKIE, sign_in

NEWS = {"en": "The trial began.", "fr": "Le procès a commencé."}


@pytest.fixture
def city(app: Flask) -> Organisation:
    with db.writing():
        return make_organisation(slug="city", timezone="Europe/Brussels")


@pytest.fixture
def staff(app: Flask, city: Organisation) -> FlaskClient:
    client = app.test_client()
    with db.writing():
        client.set_cookie(COOKIE, sign_in(city.id))
    return client


def appeal(city: Organisation) -> Appeal:
    return queries.appeals(city.id)[0]


def publish_further(row: Appeal) -> None:
    service.change_draft(row, words(further=NEWS), WRITER)
    approve(row)
    changes.publish_update(row)


@pytest.fixture
def sent(city: Organisation) -> None:
    """Three people had a mailing that shows the appeal, one of them in French; two joined the list later."""
    with db.writing():
        newsletter = make_list(city)
        make_people(city, 2, [newsletter])
        make_people(city, 1, [newsletter], "fr")
        block = {"type": "appeal", "appeal": make_published(city.id).uid}
        languages = {"en": {"subject": "Urgent", "preheader": "", "blocks": [block]}}
        text = parse_content_file(json.dumps({"name": "Urgent", "languages": languages}))
        uid = mailings.create_mailing(Audience(city.id, (newsletter.id,)), text).uid
    with db.writing():
        mailings.send_mailing(mailing_anywhere(uid))
    launch_due(clock.now())
    drain(transport := FakeTransport())
    assert len(transport.sent) == 3
    with db.writing():
        make_people(city, 2, [newsletter])
        publish_further(appeal(city))


def page(staff: FlaskClient, city: Organisation) -> tuple[str, str]:
    """The address of the page of what was sent, and what it shows."""
    with db.reading():
        path = f"/studio/city/appeals/{appeal(city).slug}/sent"
    return path, staff.get(path).text


def test_one_press_sends_it_to_those_who_had_the_appeal(city: Organisation, staff: FlaskClient, sent: None) -> None:
    """In their language, under its number; who joined later gets nothing."""
    path, shown = page(staff, city)
    assert "FU 1 to UA 1/" in shown
    answer = staff.post(path, data={"form_token": hidden(shown, "form_token")}, follow_redirects=True)
    assert "It is sent in five minutes" in answer.text
    drain(transport := FakeTransport(), Stream.URGENT)
    assert transport.sent == []
    with clock.frozen(clock.now() + timedelta(minutes=6)):
        launch_due(clock.now())
        drain(transport, Stream.URGENT)
    mails = sorted(one.message.replace(b"=\r\n", b"") for one in transport.sent)
    assert len(mails) == 3
    assert sum(b"The trial began." in one for one in mails) == 2
    assert sum(b"Le proc" in one for one in mails) == 1
    assert all(b"arrested" not in one for one in mails)
    _path, shown = page(staff, city)
    assert "Send the further information" not in shown


def test_it_is_mailed_once(city: Organisation, sent: None) -> None:
    """A second press is refused; the next further information is another one."""
    with db.writing():
        appeal_mail.send_further(appeal(city))
    with db.writing(), pytest.raises(Conflict, match="already"):
        appeal_mail.send_further(appeal(city))
    with db.writing():
        publish_further(appeal(city))
        assert appeal_mail.send_further(appeal(city)).name.startswith("FU 2 to")


def test_without_an_earlier_email_nothing_is_sent(city: Organisation) -> None:
    """Nor about an appeal without further information, nor about a closed one."""
    with db.writing():
        row = make_published(city.id)
        with pytest.raises(Conflict, match="no further information"):
            appeal_mail.send_further(row)
        publish_further(row)
        with pytest.raises(Conflict, match="No mailing"):
            appeal_mail.send_further(row)
        service.change_draft(row, words(outcome=Outcome.DIED), WRITER)
        changes.close(row)
        with pytest.raises(Conflict, match="open appeal"):
            appeal_mail.send_further(row)
