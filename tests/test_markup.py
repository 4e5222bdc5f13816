"""Every page and every mail is well-formed where it once was not; a new one is covered as soon as it exists."""

from __future__ import annotations

import pytest
from flask import Flask

from mobilize.core import db
from mobilize.core.db import session
from mobilize.core.pages import attributes
from mobilize.core.permissions import Role
from mobilize.delivery.composing.email_pages import FOLDER
from mobilize.organisations.models import Organisation
from mobilize.signup.service import FormFacts, create_form
from tests.crowd import make_list, make_people
from tests.delivery.test_composition import VALUES, composed, everything
from tests.markup import faults
from tests.staff import COOKIE
from tests.subscribers.conftest import unsubscribe_path
from tests.subscribers.test_preferences import footer, fresh
from tests.test_permissions import Staff, filled, renewed, staff_routes
from tests.test_permissions import staff as staff

TEMPLATES = sorted(str(path.parent.relative_to(FOLDER)) for path in FOLDER.glob("*/*/body.mjml"))
FACTS = ("lists", "role", "action_url", "own_url", "preferences_url", "unsubscribe_url")
_FIXED = (
    *("title", "when", "old_when", "where", "reason", "group_text", "taking_part", "no_entry", "ticket_code"),
    *("waits", "until", "party", "subject", "text", "heading", "news", "good"),
)
FIXED = {name: f"The {name}" for name in _FIXED}
FIXED["ticket"] = "cid:ticket"
FIXED["event_url"] = "https://city.example.net/events/fair"
FIXED["page_url"] = "https://city.example.net/appeals/case"
FIXED["stream_url"] = "https://city.example.net/live"


@pytest.mark.parametrize(
    ("html", "fault"),
    [
        ('<table><tr role="row"><td>x</table>', 'role="row"'),
        ('<button hidden="True">x</button>', 'hidden="True"'),
        ('<time datetime="2026-02-26T14:00:00.123456+00:00">x</time>', ".123456"),
        ('<input type="email" name="to">', 'name="to"'),
        ('<input type="text" dir="rtl" name="b0-items-1-url">', "left to right"),
        ('<p id="a">x</p><p id="a">y</p>', 'id="a"'),
        ('<div style="display:none;font-size:1px;color:#ffffff">x</div>', "hidden and has a colour"),
    ],
)
def test_a_fault_of_each_kind_would_be_found(html: str, fault: str) -> None:
    """What the checker said of our pages."""
    assert any(fault in one for one in faults(html))


def test_attributes_without_a_value_stand_alone() -> None:
    """Jinja's own filter writes True as a word, and its text is escaped as before."""
    assert attributes({"hidden": True, "open": False, "id": None, "title": '"<'}) == ' hidden title="&#34;&lt;"'


def test_no_page_of_the_studio_has_a_fault(app: Flask, staff: Staff) -> None:
    """Every page with rows in it, and the answer of every form that was sent empty."""
    wrong = {}
    for route in staff_routes(app):
        client, path = app.test_client(), filled(route, "own", rows_of="own")
        client.set_cookie(COOKIE, renewed(staff, Role.OWNER))
        answer = client.open(path, method=route.method)
        if answer.mimetype == "text/html" and (found := faults(answer.text)):
            wrong[str(route)] = found
    assert wrong == {}


def test_no_public_page_has_a_fault(app: Flask, staff: Staff) -> None:
    """In a language of either direction; pages of links, forms that came back, and what is not there."""
    with db.writing():
        house = session.get_one(Organisation, staff.own_id)
        news = make_list(house, "news")
        create_form(house.id, "subscribe", FormFacts({"en": "I agree"}, [news.id], {"en": "Letters"}))
        (person,) = make_people(house, 1, [news])
    links = [unsubscribe_path(person, news.id), footer(person), fresh(person)]
    client, wrong = app.test_client(), {}
    for path in ["/", "/own/", "/own/subscribe", "/studio/login", "/studio/forgotten", "/nowhere", *links]:
        for method in ("GET", "POST"):
            for language in ("en", "ar"):
                answer = client.open(f"{path}?lang={language}", method=method)
                if answer.mimetype == "text/html" and (found := faults(answer.text)):
                    wrong[method, path, language] = found
    assert wrong == {}


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("language", ["en", "ar"])
def test_no_mail_has_a_fault(template: str, language: str) -> None:
    """With a preheader and a block of every kind where the mail has blocks."""
    mail = composed(
        *everything("Words"),
        template=template,
        facts=FACTS,
        fixed=FIXED,
        language=language,
        subject="Words",
        preheader="First words",
    )
    html = mail.preview({**VALUES, "lists": "News", "own_url": "https://city.example.net/g/abc", "role": "Owner"}).html
    assert faults(html) == []
    assert "First words" in html
