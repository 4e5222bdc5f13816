"""The door of one event, without a script: tickets let in once, nonces, undo, people without a ticket, ended links."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from mobilize.core import db, tokens
from mobilize.core.db import new_uid, session
from mobilize.core.settings import Settings
from mobilize.core.when import timed
from mobilize.events.door.purposes import DOOR
from mobilize.events.door.queries import door_links
from mobilize.events.door.rules import Verdict
from mobilize.events.door.service import let_in
from mobilize.events.models import Attendance, Event
from mobilize.events.queries import event_by_slug
from mobilize.events.registrations import tick_steps
from mobilize.events.registrations.models import DoorScan, Registration
from mobilize.events.registrations.queries import form_of
from mobilize.events.registrations.service import FormFacts, change_form
from mobilize.events.registrations.ticket_rules import hashed, spelled
from mobilize.events.registrations.tickets import known_ticket
from mobilize.events.service import Facts, create_event, publish
from mobilize.organisations.queries import Brand
from tests.events.conftest import AFTER, BEFORE, wall
from tests.events.test_own_registration import register
from tests.signup.visiting import hidden, mails, press

STAFF = "/studio/centre/calendar/partners/registrations/door"


@pytest.fixture(autouse=True)
def before_it() -> Iterator[None]:
    with time_machine.travel(BEFORE, tick=False):
        yield


@pytest.fixture
def hybrid(house: Brand, lecture: str) -> int:
    """The id of the lecture, in a room and online."""
    with db.writing():
        event = event_by_slug(house.id, lecture)
        event.attendance = Attendance.BOTH
        change_form(event, FormFacts())
        return event.id


@pytest.fixture
def door(hybrid: int, campaigner: FlaskClient) -> str:
    """The path of a door link that staff made."""
    assert press(campaigner, STAFF, label="Main entrance").status_code == 303
    with db.reading():
        return f"/door/{tokens.mint(DOOR, door_links(hybrid)[0].id)}"


def code_of(event_id: int) -> str:
    """The code of the newest registration's ticket."""
    with db.reading():
        row = session.scalars(select(Registration).order_by(Registration.id.desc())).first()
        assert row is not None
        return known_ticket(row, session.get_one(Event, event_id))


def check(client: FlaskClient, door: str, code: str, nonce: str = "", **fields: str) -> TestResponse:
    values = {"act": "check", "code": code, "nonce": nonce or new_uid(), **fields}
    return client.post(door, data={"form_token": hidden(client.get(door).text, "form_token"), **values})


def scans() -> list[tuple[int | None, bool]]:
    """Registration and whether it was undone, of every scan that is stored."""
    with db.reading():
        rows = session.scalars(select(DoorScan).order_by(DoorScan.id))
        return [(row.registration_id, row.undone_at is not None) for row in rows]


def test_a_ticket_lets_in_once(client: FlaskClient, hybrid: int, door: str) -> None:
    """However it is typed; the steward sees a short name and no address."""
    register(client, first_name="Amina", last_name="Bensaid")
    code = code_of(hybrid)
    page = check(client, door, code.lower().replace("-", " ")).text
    assert "Valid: welcome" in page
    assert "Amina B." in page
    assert "1 inside" in page
    assert not any(word in page for word in ("Bensaid", "amina@"))
    with time_machine.travel(BEFORE + timedelta(minutes=5), tick=False):
        page = check(client, door, code).text
    assert "Used already" in page
    assert "Came in at 14:00" in page
    assert len(scans()) == 1


def test_a_ticket_lets_in_a_whole_party(client: FlaskClient, house: Brand, hybrid: int, door: str) -> None:
    with db.writing():
        change_form(event_by_slug(house.id, "partners"), FormFacts(largest_party=4))
    register(client, first_name="Amina", last_name="Bensaid", party="3")
    page = check(client, door, code_of(hybrid)).text
    assert "Amina B. +2" in page
    assert "3 inside" in page
    assert "3 registered for the room" in page


def test_the_same_act_sent_twice_counts_once_and_answers_the_same(client: FlaskClient, hybrid: int, door: str) -> None:
    register(client)
    code, nonce = code_of(hybrid), new_uid()
    assert "Valid: welcome" in check(client, door, code, nonce).text
    assert "Valid: welcome" in check(client, door, code, nonce).text
    walk = new_uid()
    for _time in range(2):
        assert "2 inside" in check(client, door, "", walk, act="walk_in").text
    assert len(scans()) == 2


def test_undo_lets_the_ticket_in_again_and_undoing_twice_is_nothing(
    client: FlaskClient, hybrid: int, door: str
) -> None:
    register(client)
    code, nonce = code_of(hybrid), new_uid()
    check(client, door, code, nonce)
    for _time in range(2):
        assert "0 inside" in check(client, door, "", nonce, act="undo").text
    # A late copy of the first act brings nobody back in.
    assert "0 inside" in check(client, door, code, nonce).text
    assert "Valid: welcome" in check(client, door, code).text
    assert [undone for _row, undone in scans()] == [True, False]


def test_a_cancelled_ticket_and_one_for_the_stream_are_named(client: FlaskClient, hybrid: int, door: str) -> None:
    own = register(client)
    code = code_of(hybrid)
    press(client, own)
    assert "Cancelled: not registered any more" in check(client, door, code).text
    register(client, "bela@example.org")
    with db.writing():
        row = session.scalars(select(Registration).order_by(Registration.id.desc())).first()
        assert row is not None
        row.attendance = Attendance.ONLINE
    assert "Registered to take part online" in check(client, door, code_of(hybrid)).text
    assert scans() == []


def test_a_forged_a_foreign_and_a_mistyped_code_are_told_apart(
    client: FlaskClient, house: Brand, hybrid: int, door: str
) -> None:
    register(client)
    code = code_of(hybrid)
    assert "Not a ticket of this organisation" in check(client, door, spelled(b"0123456789")).text
    assert "Not a ticket code: check each letter" in check(client, door, code[:-1]).text
    with db.writing():
        when = timed(house.timezone, wall(2018, 5, 20, 19))
        other = create_event(house.id, "other", Facts(titles={"en": "A debate"}), when)
        publish(other)
        row = session.scalars(select(Registration)).one()
        row.event_id, row.ticket_hash = other.id, hashed(other.uid, code.replace("-", ""))
    page = check(client, door, code).text
    assert "Ticket of another event" in page
    assert "A debate" in page
    assert scans() == []


def test_two_phones_that_read_one_ticket_at_once_let_in_one(client: FlaskClient, hybrid: int, door: str) -> None:
    register(client)
    code, verdicts = code_of(hybrid), list[Verdict]()

    def scan() -> None:
        with db.writing():
            event = session.get_one(Event, hybrid)
            verdicts.append(let_in(event, door_links(hybrid)[0], code, new_uid(), BEFORE).verdict)

    threads = [threading.Thread(target=scan) for _number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(verdicts) == [*[Verdict.USED] * 7, Verdict.VALID]
    assert len(scans()) == 1


def test_a_link_that_was_ended_shows_and_changes_nothing(
    client: FlaskClient, campaigner: FlaskClient, hybrid: int, door: str
) -> None:
    register(client)
    token = hidden(client.get(door).text, "form_token")
    with db.reading():
        uid = door_links(hybrid)[0].uid
    form = {"form_token": hidden(campaigner.get(STAFF).text, "form_token")}
    assert door in campaigner.get(STAFF).text
    campaigner.post(f"{STAFF}/{uid}/revoke", data=form)
    assert door not in campaigner.get(STAFF).text
    assert client.get(door).status_code == 410
    assert client.get(f"{door}?snapshot=yes").status_code == 410
    act = {"form_token": token, "act": "check", "code": code_of(hybrid), "nonce": new_uid()}
    assert client.post(door, data=act).status_code == 410
    assert scans() == []


def test_a_link_ends_a_day_after_the_event(client: FlaskClient, door: str) -> None:
    with time_machine.travel(AFTER, tick=False):
        assert client.get(door).status_code == 200
    with time_machine.travel(AFTER + timedelta(days=1), tick=False):
        assert client.get(door).status_code == 410


@pytest.mark.parametrize("nonce", ["short", "x" * 41, "é" * 20, "a b c d e f g h i j k"])
def test_an_act_without_a_proper_nonce_is_refused(client: FlaskClient, hybrid: int, door: str, nonce: str) -> None:
    register(client)
    answer = check(client, door, code_of(hybrid), nonce)
    assert (answer.status_code, "Open the page again" in answer.text) == (422, True)
    assert scans() == []


@pytest.mark.parametrize("token", ["nothing", "AAAA"])
def test_a_token_that_is_none_opens_no_door(client: FlaskClient, house: Brand, token: str) -> None:
    assert client.get(f"/door/{token}").status_code in {400, 403, 404, 410}
    assert client.post(f"/door/{token}").status_code in {400, 403, 404, 410}


def test_a_door_link_opens_nothing_else(client: FlaskClient, door: str) -> None:
    """Its identity has the one permission of its role, for the one event that it names."""
    token = door.rpartition("/")[2]
    assert client.get(f"/g/{token}").status_code == 404
    assert client.get(f"/g/change/{token}").status_code == 404
    assert client.get("/studio/centre/calendar/partners/registrations").status_code == 303


def test_a_phone_gets_answers_and_a_list_that_only_its_link_opens(client: FlaskClient, hybrid: int, door: str) -> None:
    """Hashes and short names, encrypted; with what happened without a network sent later, at its own time."""
    register(client, first_name="Amina", last_name="Bensaid")
    code = code_of(hybrid).replace("-", "")
    sealed = base64.b64decode(client.get(f"{door}?snapshot=yes").get_json()["sealed"])
    assert b"Amina" not in sealed
    key = hashlib.sha256(f"door|{door.rpartition('/')[2]}".encode()).digest()
    listed = json.loads(AESGCM(key).decrypt(sealed[:12], sealed[12:], None))
    with db.reading():
        event_uid = session.get_one(Event, hybrid).uid
    assert listed["tickets"] == {hashed(event_uid, code).hex(): ["Amina B.", "valid"]}
    assert listed["until"] == int((BEFORE + timedelta(hours=12)).timestamp())
    earlier = int((BEFORE - timedelta(minutes=30)).timestamp())
    form = {"form_token": hidden(client.get(door).text, "form_token"), "act": "check", "code": code}
    said = client.post(
        door, data={**form, "nonce": new_uid(), "at": str(earlier)}, headers={"Accept": "application/json"}
    ).get_json()
    assert (said["verdict"], said["name"], said["counts"]["inside"]) == ("valid", "Amina B.", 1)
    with db.reading():
        assert session.scalars(select(DoorScan.scanned_at)).one() == BEFORE - timedelta(minutes=30)


@pytest.mark.parametrize("at", ["99999999999", "-5", "never", "0"])
def test_a_time_that_cannot_be_is_now(client: FlaskClient, hybrid: int, door: str, at: str) -> None:
    register(client)
    check(client, door, code_of(hybrid), at=at)
    with db.reading():
        assert session.scalars(select(DoorScan.scanned_at)).one() == BEFORE


def test_only_this_page_may_ask_for_the_camera(client: FlaskClient, door: str) -> None:
    assert "camera=(self)" in client.get(door).headers["Permissions-Policy"]
    assert "camera=()" in client.get("/centre/events").headers["Permissions-Policy"]


def test_scans_and_links_go_with_the_events_people_and_the_numbers_stay(
    client: FlaskClient, hybrid: int, door: str, installation: Settings
) -> None:
    register(client)
    check(client, door, code_of(hybrid))
    check(client, door, "", act="walk_in")
    tick_steps.forget_registrants(AFTER + timedelta(days=31), installation)
    assert scans() == []
    assert client.get(door).status_code == 404
    with db.reading():
        assert door_links(hybrid) == []
        form = form_of(hybrid)
        assert form is not None
        assert form.sums == {"registered": 1, "seats": 1, "attended": 1, "walk_ins": 1}


@pytest.mark.parametrize("label", ["", "x" * 200, "a\u202eb"])
def test_a_label_that_does_not_hold_is_refused(campaigner: FlaskClient, hybrid: int, label: str) -> None:
    assert press(campaigner, STAFF, label=label).status_code == 422
    assert mails() == []
