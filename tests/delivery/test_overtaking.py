"""Streams never hold each other up: real workers, one for each, and the mail server's record as the judge."""

from __future__ import annotations

import json

import pytest

from mobilize.audiences.audience import Audience
from mobilize.core import db
from mobilize.core.settings import Settings
from mobilize.mailings.forms import parse_content_file
from mobilize.mailings.queries import mailing_anywhere
from mobilize.mailings.service import create_mailing, send_mailing
from mobilize.organisations.queries import brand
from mobilize.signup.asking import AskedFor
from mobilize.signup.queries import newest_wording
from mobilize.signup.service import FormFacts, Submission, ask, create_form
from mobilize.subscribers.models import MailingList
from tests.crash.crew import on_duty
from tests.crowd import make_list, make_people
from tests.factories import make_organisation
from tests.mailings.conftest import CONTENT
from tests.smtp_server import SmtpServer, running

pytestmark = [pytest.mark.crash, pytest.mark.timeout(300)]

PEOPLE, ALARMED = 1000, 20
VISITOR = "visitor@example.org"


@pytest.fixture
def lists(installation: Settings) -> tuple[MailingList, MailingList]:
    """A list of a thousand, and one of twenty who are written to when somebody is in danger."""
    with db.writing():
        city = make_organisation(slug="city")
        newsletter, alarm = make_list(city), make_list(city, "alarm")
        make_people(city, PEOPLE, [newsletter])
        make_people(city, ALARMED, [alarm])
    return newsletter, alarm


def launch(one: MailingList, *, urgent: bool) -> None:
    """What a campaigner does."""
    text = json.dumps(CONTENT).replace("Peace for", "Urgent:") if urgent else json.dumps(CONTENT)
    with db.writing():
        uid = create_mailing(Audience.of(one.organisation_id, [one.id]), parse_content_file(text), is_urgent=urgent).uid
    with db.writing():
        send_mailing(mailing_anywhere(uid))


def sign_up(one: MailingList) -> None:
    """What a visitor does."""
    with db.writing():
        form = create_form(one.organisation_id, "subscribe", FormFacts(wording={"en": "I agree."}, list_ids=[one.id]))
        wording = newest_wording(form.id)
        ask(form, brand(one.organisation_id), Submission(VISITOR, "en", AskedFor("Amina", "", [one.id], wording.id)))


def kinds(server: SmtpServer) -> list[str]:
    """What the server took, in the order in which it took it."""
    return [
        "confirmation" if VISITOR.encode() in one else "urgent" if b"Urgent:" in one else "bulk"
        for one in list(server.messages)
    ]


def test_urgent_mail_and_a_confirmation_overtake_a_running_mailing(
    installation: Settings, lists: tuple[MailingList, MailingList]
) -> None:
    """Begun in the middle of a thousand bulk mails, both are taken before most of the rest of them."""
    newsletter, alarm = lists
    streams = ("bulk", "urgent", "transactional", "background")
    with running(SmtpServer(delay=0.2)) as server, on_duty(installation, server, *streams) as crew:
        launch(newsletter, urgent=False)
        crew.until(lambda: len(server.messages) >= PEOPLE // 10)
        server.delay = 2.0  # from here on, the rest would need a minute
        launch(alarm, urgent=True)
        sign_up(newsletter)
        crew.until(lambda: {"urgent", "confirmation"} <= set(kinds(server)))
        server.delay = 0.0
        crew.until(lambda: len(server.messages) == PEOPLE + ALARMED + 1)
    order = kinds(server)
    for overtaking in ("urgent", "confirmation"):
        assert order[order.index(overtaking) :].count("bulk") > PEOPLE // 2
    assert order.count("urgent") == ALARMED
    assert set(server.copies().values()) == {1}
