"""A reminder says when in words: each copy in those that are right when it is sent."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from flask.testing import FlaskClient

from mobilize.audiences.audience import Audience
from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.core.errors import Refused
from mobilize.core.feature import Freezing
from mobilize.core.when import dated, unknown
from mobilize.events.changes import postpone
from mobilize.events.queries import event_by_slug
from mobilize.events.service import Facts, create_event, publish
from mobilize.mailings import service
from mobilize.mailings.blocks import freeze, read_block
from mobilize.mailings.checks import problems_of
from mobilize.mailings.forms import parse_content_file
from mobilize.mailings.launch import launch_due
from mobilize.mailings.previews import preview_of
from mobilize.mailings.queries import mailing_anywhere
from mobilize.organisations.models import Organisation
from mobilize.organisations.queries import Brand
from tests.crowd import make_list, make_people
from tests.delivery.engine_world import FakeTransport, drain
from tests.events.conftest import BEFORE

EVENING = datetime(2018, 5, 13, 21, 59, tzinfo=UTC)
"""A minute before midnight in Amsterdam, on the day before the lecture."""
NIGHT = datetime(2018, 5, 13, 22, 0, tzinfo=UTC)


def reminder(house: Brand, kind: str = "when", subject: str = "Partners: {{when}}", slug: str = "partners") -> str:
    """A mailing in two languages to four people about an event; its uid."""
    with db.writing():
        organisation = session.get_one(Organisation, house.id)
        block = {"type": kind, "event": event_by_slug(house.id, slug).uid}
        version = {"subject": subject, "preheader": "", "blocks": [block]}
        newsletter = make_list(organisation)
        make_people(organisation, 2, [newsletter])
        make_people(organisation, 2, [newsletter], "nl")
        text = parse_content_file(json.dumps({"name": "Reminder", "languages": {"en": version, "nl": version}}))
        return service.create_mailing(Audience(house.id, (newsletter.id,)), text).uid


def sent(transport: FakeTransport) -> list[EmailMessage]:
    return [message_from_bytes(one.message, policy=policy.default) for one in transport.sent]


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def test_copies_on_both_sides_of_midnight_are_right(house: Brand, lecture: str) -> None:
    """One launched mailing: what leaves before midnight says tomorrow, what leaves after it says today."""
    uid = reminder(house)
    with clock.frozen(EVENING):
        with db.writing():
            service.send_mailing(mailing_anywhere(uid))
        launch_due(clock.now())
        drain(first := FakeTransport(window=1), stop=lambda: len(first.sent) >= 1)
    with clock.frozen(NIGHT):
        drain(rest := FakeTransport())
    early, late = sent(first), sent(rest)
    assert (len(early), len(early) + len(late)) == (1, 4)
    assert {mail["Subject"] for mail in early} <= {
        "Partners: tomorrow at 19:00 (Amsterdam)",
        "Partners: morgen om 19:00 (Amsterdam)",
    }
    assert {mail["Subject"] for mail in late} == {
        "Partners: today at 19:00 (Amsterdam)",
        "Partners: vandaag om 19:00 (Amsterdam)",
    }
    for mail in late:
        assert "omorrow" not in text_of(mail)
        assert "14 " in text_of(mail)


def test_an_event_card_gives_the_subject_its_moment(house: Brand, lecture: str) -> None:
    """The preview shows the words of now; the check page knows the field."""
    uid = reminder(house, "event")
    with clock.frozen(EVENING), db.reading():
        row = mailing_anywhere(uid)
        assert preview_of(row, "en", str).subject == "Partners: tomorrow at 19:00 (Amsterdam)"
    with clock.frozen(EVENING), db.reading():
        assert "{{when}}" not in " ".join(one.words for one in problems_of(mailing_anywhere(uid)))


def test_without_an_event_the_field_is_not_known(house: Brand, lecture: str) -> None:
    """It goes out as it was typed, and the check page warns of it."""
    with db.writing():
        version = {"subject": "Soon: {{when}}", "blocks": [{"type": "text", "markdown": "Dear readers"}]}
        text = parse_content_file(json.dumps({"name": "News", "languages": {"en": version}}))
        uid = service.create_mailing(Audience(house.id), text).uid
    with db.reading():
        words = [one.words for one in problems_of(mailing_anywhere(uid))]
    assert any("{{when}} is not a field we know" in one for one in words)


def test_a_postponed_event_has_no_moment(house: Brand, lecture: str) -> None:
    """A text that names it cannot be sent; nor can the block."""
    uid = reminder(house, "event")
    with clock.frozen(BEFORE), db.writing():
        postpone(event_by_slug(house.id, lecture), {})
    with db.reading():
        errors = [one.words for one in problems_of(mailing_anywhere(uid)) if one.is_error]
    assert any("the event has no date" in one for one in errors)
    with db.reading():
        block = read_block({"type": "when", "event": event_by_slug(house.id, lecture).uid}, "blocks[0]")
        with pytest.raises(Refused, match="does not take place on its date"):
            freeze(block, Freezing(house.id, "en", BEFORE))


def test_only_a_day_is_told_as_a_day(house: Brand) -> None:
    """An all-day conference: no hour is invented; a date that is not known cannot be told."""
    with db.writing():
        publish(
            create_event(house.id, "conference", Facts({"en": "Conference"}), dated(house.timezone, date(2018, 5, 14)))
        )
        publish(create_event(house.id, "open", Facts({"en": "Open"}), unknown(house.timezone)))
    uid = reminder(house, slug="conference")
    with clock.frozen(EVENING), db.reading():
        shown = preview_of(mailing_anywhere(uid), "en", str)
    assert (shown.subject, "Tomorrow\nMonday 14 May 2018" in shown.text) == ("Partners: tomorrow", True)
    with db.reading():
        block = read_block({"type": "when", "event": event_by_slug(house.id, "open").uid}, "blocks[0]")
        with pytest.raises(Refused, match="not known yet"):
            freeze(block, Freezing(house.id, "en", BEFORE))


def test_the_preview_page_shows_it(campaigner: FlaskClient, house: Brand, lecture: str) -> None:
    """In the studio, as a reader would get it now."""
    uid = reminder(house)
    with clock.frozen(NIGHT):
        page = campaigner.get(f"/studio/centre/mailings/{uid}/content")
    assert page.status_code == 200
    assert "today at 19:00 (Amsterdam)" in page.text
