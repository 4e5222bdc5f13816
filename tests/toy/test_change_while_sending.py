"""A fair moves while a mailing that shows it is on its way: it waits until the rest is sent with the new date."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from mobilize.audiences.audience import Audience
from mobilize.core import clock, db, feature
from mobilize.core.audit import AuditEntry
from mobilize.core.db import session
from mobilize.core.errors import Conflict, Refused
from mobilize.mailings import launch, service
from mobilize.mailings.forms import parse_content_file
from mobilize.mailings.launch import launch_due
from mobilize.mailings.queries import mailing_anywhere, state_of
from mobilize.organisations.models import Organisation
from tests.crowd import make_list, make_people
from tests.delivery.engine_world import FakeTransport, drain
from tests.signup.visiting import hidden
from tests.toy.conftest import BEGINS

OLD, NEW = {"en": b"Sat 20 Mar 2027", "fr": b"20 mars 2027"}, {"en": b"Sat 27 Mar 2027", "fr": b"27 mars 2027"}


def scheduled(city: Organisation, fair: str) -> str:
    """A mailing in two languages to six people that shows the fair and is due; its uid."""
    block = {"type": "fair", "fair": fair}
    languages = {tag: {"subject": tag, "preheader": "", "blocks": [block]} for tag in ("en", "fr")}
    with db.writing():
        newsletter = make_list(city)
        make_people(city, 4, [newsletter])
        make_people(city, 2, [newsletter], "fr")
        text = parse_content_file(json.dumps({"name": "News", "languages": languages}))
        uid = service.create_mailing(Audience(city.id, (newsletter.id,)), text).uid
    with db.writing():
        service.send_mailing(mailing_anywhere(uid))
    return uid


@pytest.fixture
def uid(city: Organisation, fair: str) -> str:
    """A mailing that was launched; one copy has left."""
    uid = scheduled(city, fair)
    launch_due(clock.now())
    first = FakeTransport(window=1)
    drain(first, stop=lambda: bool(first.sent))
    assert len(first.sent) == 1
    return uid


def move(fair: str) -> None:
    """A week later."""
    service_of_fairs, models = "tests.toy.service:move_fair", "tests.toy.models:Fair"
    with db.writing():
        fair_id = session.scalars(select(feature.load(models).id).where(feature.load(models).uid == fair)).one()
        assert len(feature.load(service_of_fairs)(fair_id, BEGINS + timedelta(days=7))) == 1


def state(uid: str) -> str:
    with db.reading():
        return state_of(mailing_anywhere(uid))


def press(client: FlaskClient, uid: str, action: str) -> str:
    """Press a button of the mailing's page; the page afterwards."""
    page = f"/studio/city/mailings/{uid}/send"
    client.post(
        f"/studio/city/mailings/{uid}/{action}", data={"form_token": hidden(client.get(page).text, "form_token")}
    )
    return client.get(page).text


def whole(message: bytes) -> bytes:
    return message.replace(b"=\r\n", b"")


def test_the_rest_is_sent_with_the_new_date(campaigner: FlaskClient, uid: str, fair: str):
    """Nobody gets the old date after the change, in any language; the page says why it waits, a press sends on."""
    move(fair)
    drain(transport := FakeTransport())
    assert transport.sent == []
    page = campaigner.get(f"/studio/city/mailings/{uid}/send").text
    assert "Something it shows has changed" in page
    assert "Changed: Spring fair." in page
    assert "Send the rest with the new text" in page
    assert "Something it shows has changed" in campaigner.get("/studio/city/").text
    page = press(campaigner, uid, "renew")
    assert "Those who waited get the new text." in page
    assert "Something it shows has changed" not in page
    assert state(uid) == "sending"
    drain(transport)
    assert len(transport.sent) == 5
    languages = ["fr" if b"Subject: fr\r\n" in one.message else "en" for one in transport.sent]
    assert sorted(languages) == ["en", "en", "en", "fr", "fr"]
    for language, one in zip(languages, transport.sent, strict=True):
        assert NEW[language] in whole(one.message)
        assert OLD[language] not in whole(one.message)
    assert state(uid) == "finished"
    with db.reading():
        facts = session.scalars(select(AuditEntry.facts).where(AuditEntry.action == "mailing.renewed")).one()
    assert facts["count"] == 5


def test_a_press_too_many_changes_nothing(campaigner: FlaskClient, uid: str, fair: str):
    """Before anything changed, and after the rest was sent on."""
    with pytest.raises(Conflict), db.writing():
        service.send_on_with_new_content(mailing_anywhere(uid))
    move(fair)
    press(campaigner, uid, "renew")
    assert "it cannot be sent with its new text now" in press(campaigner, uid, "renew")


def test_resuming_does_not_send_the_old_date(campaigner: FlaskClient, uid: str, fair: str):
    """A pause that ends leaves the other cause."""
    press(campaigner, uid, "pause")
    move(fair)
    page = press(campaigner, uid, "resume")
    assert "Something else still stops it" in page
    drain(transport := FakeTransport())
    assert (state(uid), transport.sent) == ("halted", [])


def test_it_may_change_again_while_it_is_frozen(uid: str, fair: str, monkeypatch: pytest.MonkeyPatch):
    """The fair moves while the new text is composed: nothing is exchanged, and the next press takes the newest."""
    move(fair)
    compose, again = service.compose_mailing, iter([True])

    def composed_while_it_moves(row: object) -> object:
        found = compose(row)  # type: ignore[arg-type]
        if next(again, False):
            with db.engine().begin() as other:
                fairs = feature.load("tests.toy.models:Fair").__table__
                other.execute(fairs.update().values(version=fairs.c.version + 1))
        return found

    monkeypatch.setattr(service, "compose_mailing", composed_while_it_moves)
    with pytest.raises(Conflict, match="changed again"), db.writing():
        service.send_on_with_new_content(mailing_anywhere(uid))
    assert state(uid) == "halted"
    with db.writing():
        assert service.send_on_with_new_content(mailing_anywhere(uid)) == 5


def test_a_launch_goes_on_with_the_new_text(city: Organisation, fair: str, monkeypatch: pytest.MonkeyPatch):
    """The fair moves, and the rest is sent on, between two pages of the audience: later pages get the new date too."""
    uid, step, first = scheduled(city, fair), launch._step, iter([True])

    def then_changed(mailing_id: int, now: datetime) -> bool:
        more = step(mailing_id, now)
        if next(first, False):
            move(fair)
            assert state(uid) == "halted"
            with db.writing():
                assert service.send_on_with_new_content(mailing_anywhere(uid)) == 2
            assert state(uid) == "preparing"
        return more

    monkeypatch.setattr(launch, "page_size", lambda _prepared: 2)
    monkeypatch.setattr(launch, "_step", then_changed)
    launch_due(clock.now())
    drain(transport := FakeTransport())
    assert len(transport.sent) == 6
    assert all(any(date in whole(one.message) for date in NEW.values()) for one in transport.sent)
    assert state(uid) == "finished"


def test_what_is_gone_cannot_be_sent_on(uid: str, fair: str):
    """The mailing says so and goes on waiting; it can be cancelled."""
    move(fair)
    with db.writing():
        session.execute(feature.load("tests.toy.models:Fair").__table__.delete())
    with pytest.raises(Refused, match="This fair is gone"), db.writing():
        service.send_on_with_new_content(mailing_anywhere(uid))
    assert state(uid) == "halted"
    with db.writing():
        assert service.cancel(mailing_anywhere(uid)) == 5
