"""The public archive: what a colleague puts there anybody reads, as it was sent, without a name or a personal link."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree

import pytest
from flask import Flask
from flask.testing import FlaskClient

from mobilize.audiences.audience import Audience
from mobilize.core import db
from mobilize.core.db import session
from mobilize.core.permissions import Role
from mobilize.core.settings import Settings
from mobilize.core.when import unknown
from mobilize.delivery.models import Message
from mobilize.events.service import Facts, create_event, publish
from mobilize.mailings import service as mailings
from mobilize.mailings.forms import parse_content_file
from mobilize.mailings.launch import launch_due
from mobilize.mailings.models import Mailing
from mobilize.organisations.models import Organisation
from mobilize.organisations.queries import Brand, brand
from tests.crowd import make_list, make_people
from tests.factories import make_organisation
from tests.signup.visiting import hidden
from tests.staff import COOKIE, sign_in

ATOM = "{http://www.w3.org/2005/Atom}"
STAFF, PUBLIC = "/studio/harbour/archive", "/harbour/archive/"
WORDS = {
    "en": ("Recap of the conference", "What was said", "Dear {{first_name|friend}}, thank you."),
    "fr": ("Retour sur la conférence", "Ce qui a été dit", "Bonjour {{first_name|à vous}}, merci."),
}


@pytest.fixture
def house(installation: Settings) -> Brand:
    with db.writing():
        return brand(make_organisation(slug="harbour", name="Harbour").id)


@pytest.fixture
def campaigner(app: Flask, house: Brand) -> FlaskClient:
    return colleague(app, house, Role.CAMPAIGNER)


def colleague(app: Flask, house: Brand, role: Role) -> FlaskClient:
    client = app.test_client()
    with db.writing():
        cookie = sign_in(house.id, role)
    client.set_cookie(COOKIE, cookie)
    return client


def content() -> str:
    texts = {
        language: {"subject": subject, "preheader": preheader, "blocks": [{"type": "text", "markdown": text}]}
        for language, (subject, preheader, text) in WORDS.items()
    }
    return json.dumps({"name": "Recap", "languages": texts})


def made(house: Brand, audience: Audience) -> str:
    with db.writing():
        return mailings.create_mailing(audience, parse_content_file(content())).uid


@pytest.fixture
def sent(house: Brand) -> str:
    """The uid of a mailing to two readers, which was launched."""
    with db.writing():
        news = make_list(session.get_one(Organisation, house.id), "news")
        make_people(session.get_one(Organisation, house.id), 2, [news])
        ids = [news.id]
    uid = made(house, Audience.of(house.id, ids))
    with db.writing():
        mailings.send_mailing(mailing(uid))
    assert launch_due() == 1
    return uid


def mailing(uid: str) -> Mailing:
    found: Mailing = session.query(Mailing).filter_by(uid=uid).one()
    return found


def press(client: FlaskClient, uid: str, what: str) -> str:
    """Press the button; the page that follows."""
    token = hidden(client.get(STAFF).text, "form_token")
    client.post(f"{STAFF}/{uid}/{what}", data={"form_token": token})
    return client.get(STAFF).text


def reads(client: FlaskClient, path: str, language: str = "en") -> str:
    return client.get(path, headers={"Accept-Language": language}).text


def address(client: FlaskClient) -> str:
    """Where the one mailing of the archive stands."""
    found = re.search(r"/harbour/archive/([a-z0-9]{26})", reads(client, PUBLIC))
    assert found is not None
    return found[1]


def test_nothing_stands_there_by_itself(client: FlaskClient, sent: str) -> None:
    assert "Nothing stands in the archive yet." in reads(client, PUBLIC)
    assert "/archive/" not in reads(client, "/harbour/")
    assert ElementTree.fromstring(client.get("/harbour/archive.atom").data).findall(f"{ATOM}entry") == []


def test_anybody_reads_it_in_their_language(campaigner: FlaskClient, client: FlaskClient, sent: str) -> None:
    """As it was sent, but written to nobody: the fallback stands for the name, and no link holds a token."""
    assert "Anybody can read it" in press(campaigner, sent, "show")
    for language, (subject, preheader, _text) in WORDS.items():
        listed = reads(client, PUBLIC, language)
        assert subject in listed
        assert preheader in listed
    assert "/harbour/archive/" in reads(client, "/harbour/")
    page = client.get(f"{PUBLIC}{address(client)}", headers={"Accept-Language": "fr"})
    assert "Bonjour à vous, merci." in page.text
    assert page.headers["Content-Language"] == "fr"
    assert "sandbox" in page.headers["Content-Security-Policy"]
    assert not any(start in page.text for start in ("/u/", "/p/", "/l/", "{{"))
    assert "Dear friend" in reads(client, f"{PUBLIC}{address(client)}?lang=en", "fr")


def test_a_feed_reader_gets_the_same(campaigner: FlaskClient, client: FlaskClient, sent: str) -> None:
    """Atom, in the language that was asked for, with whole addresses."""
    press(campaigner, sent, "show")
    answer = client.get("/harbour/archive.atom?lang=fr")
    assert answer.mimetype == "application/atom+xml"
    feed = ElementTree.fromstring(answer.data)
    (entry,) = feed.findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}title") == WORDS["fr"][0]
    assert entry.findtext(f"{ATOM}summary") == WORDS["fr"][1]
    link = entry.find(f"{ATOM}link")
    assert link is not None
    assert link.get("href") == f"http://127.0.0.1:8000{PUBLIC}{address(client)}?lang=fr"
    for name in ("id", "title", "updated", "link", "author"):
        assert feed.find(f"{ATOM}{name}") is not None, name


def test_it_stays_when_the_ledger_forgets(campaigner: FlaskClient, client: FlaskClient, sent: str) -> None:
    """The copy is the archive's own: neither a change of the list nor the ledger's retention reaches it."""
    press(campaigner, sent, "show")
    with db.writing():
        row = mailing(sent)
        row.frozen = {}
        row.content = {}
        session.get_one(Message, row.message_id).final = {"groups": {}}
    assert "Dear friend" in reads(client, f"{PUBLIC}{address(client)}")


def test_what_is_taken_out_is_gone(campaigner: FlaskClient, client: FlaskClient, sent: str) -> None:
    press(campaigner, sent, "show")
    path = f"{PUBLIC}{address(client)}"
    press(campaigner, sent, "withdraw")
    assert client.get(path).status_code == 404
    assert WORDS["en"][0] not in reads(client, PUBLIC)


def test_a_draft_and_what_was_for_registered_people_are_refused(
    campaigner: FlaskClient, client: FlaskClient, house: Brand, sent: str
) -> None:
    with db.writing():
        event = create_event(house.id, "talk", Facts({"en": "Talk"}), unknown(house.timezone))
        publish(event)
        lists = mailing(sent).to_whom.lists
    draft = made(house, Audience.of(house.id, lists))
    assert "Only what was sent" in press(campaigner, draft, "show")
    with db.writing():
        mailing(sent).to_whom = Audience(house.id, group=f"event:{event.uid}:online")
    assert "for registered people only" in press(campaigner, sent, "show")
    assert "Nothing stands in the archive yet." in reads(client, PUBLIC)


def test_only_who_may_send_puts_something_there(app: Flask, client: FlaskClient, house: Brand, sent: str) -> None:
    """A viewer sees the list without buttons; another organisation's mailing is not found."""
    viewer = colleague(app, house, Role.VIEWER)
    page = viewer.get(STAFF)
    assert (page.status_code, "Recap" in page.text, "Show it to everybody" in page.text) == (200, True, False)
    with db.writing():
        other = brand(make_organisation(slug="other").id)
    stranger = colleague(app, other, Role.OWNER)
    assert stranger.post(f"/studio/other/archive/{sent}/show").status_code == 404
    assert "Nothing stands in the archive yet." in reads(client, PUBLIC)
