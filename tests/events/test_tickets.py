"""The ticket of the room: a signed code in the confirmation, as picture and letters, and nowhere else but hashed."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage

import pytest
import time_machine
import zxingcpp
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from sqlalchemy import select

from mobilize.core import crypto, db
from mobilize.core.db import session
from mobilize.core.keys import Keyring, Secret
from mobilize.core.settings import Settings
from mobilize.core.when import timed
from mobilize.delivery.models import Stream
from mobilize.events import changes
from mobilize.events.models import Attendance, Event
from mobilize.events.queries import event_by_slug
from mobilize.events.registrations.models import Registration
from mobilize.events.registrations.service import FormFacts, change_form
from mobilize.events.registrations.ticket_rules import ALPHABET, LENGTH, hashed, read, shown, spelled
from mobilize.events.registrations.tickets import known_ticket
from mobilize.organisations.queries import Brand
from tests.delivery.calendar_mail import calendar_text, part_of
from tests.events.conftest import BEFORE, wall
from tests.events.test_own_registration import fresh_link, register, save
from tests.mailings.postman import on_duty

CODES = st.binary(min_size=10, max_size=10).map(spelled)


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


def delivered(settings: Settings) -> EmailMessage:
    """Of the mails that wait, the one with a calendar entry, as its reader gets it; they leave in no certain order."""
    with on_duty(settings) as postman:
        postman.deliver(Stream.TRANSACTIONAL)
        (found,) = [one for one in postman.mails if any(p.get_content_type() == "text/calendar" for p in one.walk())]
        return found


def scanned(mail: EmailMessage) -> list[str]:
    """What a scanner reads in the pictures of a mail."""
    pictures = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    found = [zxingcpp.read_barcodes(Image.open(io.BytesIO(part.get_payload(decode=True)))) for part in pictures]
    return [one.text for codes in found for one in codes]


def ticket(event_id: int) -> tuple[str, bytes | None]:
    """The code of the one registration, and what is stored of it."""
    with db.reading():
        row = session.scalars(select(Registration)).one()
        return known_ticket(row, session.get_one(Event, event_id)), row.ticket_hash


def test_the_confirmation_carries_it_as_a_picture_and_as_letters(
    client: FlaskClient, hybrid: int, installation: Settings
) -> None:
    """The picture lies in the mail: nothing is fetched. Neither entry nor database hold the code."""
    register(client)
    code, stored = ticket(hybrid)
    mail = delivered(installation)
    assert scanned(mail) == [code]
    assert code in part_of(mail, "text/plain").get_content()
    html = part_of(mail, "text/html").get_content()
    assert 'src="cid:' in html
    assert "QR code of your ticket" in html
    plain = code.replace("-", "")
    assert not any(one in calendar_text(mail).decode().replace("\r\n ", "") for one in (code, plain))
    with db.reading():
        uid = session.get_one(Event, hybrid).uid
        assert stored == hashed(uid, plain)
        tables = str([list(session.execute(select(table)).all()) for table in db.Base.metadata.sorted_tables])
    assert code not in tables
    assert plain not in tables


def test_whoever_takes_part_online_gets_none_until_they_come_to_the_room(
    client: FlaskClient, hybrid: int, installation: Settings
) -> None:
    own = register(client, attendance="online")
    assert ticket(hybrid)[1] is None
    fresh = fresh_link(client, own)
    assert "Your ticket" not in client.get(fresh).text
    save(client, fresh, attendance="venue")
    code, _stored = ticket(hybrid)
    assert code in client.get(fresh).text
    assert scanned(delivered(installation)) == [code]


def test_no_picture_is_drawn_while_a_change_is_written(
    client: FlaskClient, house: Brand, hybrid: int, installation: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A picture takes 5 ms: with thousands of confirmations that wait, everybody else would wait for the commit."""
    register(client)
    drawn: list[str] = []
    with monkeypatch.context() as patch:
        patch.setattr("mobilize.delivery.personal.drawn", drawn.append)
        move(house, 16)
    assert drawn == []
    code, _stored = ticket(hybrid)
    assert scanned(delivered(installation)) == [code]


STREAM = "https://live.example.org/secret-room"


def give_stream(event_id: int) -> None:
    with db.writing():
        session.get_one(Event, event_id).stream_url = STREAM


def test_who_takes_part_online_gets_the_stream_with_a_confirmation_of_the_day(
    client: FlaskClient, hybrid: int, installation: Settings
) -> None:
    """Reminders that carried the link have left. No calendar entry and no content in the database shows it."""
    give_stream(hybrid)
    with time_machine.travel(BEFORE + timedelta(days=13), tick=False):
        register(client, attendance="online")
        mail = delivered(installation)
    assert STREAM in part_of(mail, "text/plain").get_content()
    assert STREAM in part_of(mail, "text/html").get_content()
    assert "secret-room" not in calendar_text(mail).decode().replace("\r\n ", "")
    with db.reading():
        tables = str([list(session.execute(select(table)).all()) for table in db.Base.metadata.sorted_tables])
    assert "secret-room" not in tables


@pytest.mark.parametrize(("attendance", "days"), [("online", 12), ("venue", 13)], ids=["the day before", "the room"])
def test_no_confirmation_gives_the_stream_too_early_or_to_the_room(
    client: FlaskClient, hybrid: int, installation: Settings, attendance: str, days: int
) -> None:
    give_stream(hybrid)
    with time_machine.travel(BEFORE + timedelta(days=days), tick=False):
        register(client, attendance=attendance)
        mail = delivered(installation)
    assert b"secret-room" not in mail.as_bytes()
    assert "live stream" not in part_of(mail, "text/plain").get_content()


def test_news_that_ends_a_waiting_confirmation_carries_the_ticket(
    client: FlaskClient, house: Brand, hybrid: int, installation: Settings
) -> None:
    """Else nobody would have it; once the confirmation is out, later news needs none."""
    register(client)
    code, _stored = ticket(hybrid)
    move(house, 16)
    mail = delivered(installation)
    assert "16 May" in part_of(mail, "text/plain").get_content()
    assert scanned(mail) == [code]
    move(house, 17)
    assert scanned(delivered(installation)) == []


def test_a_code_survives_new_keys(client: FlaskClient, hybrid: int) -> None:
    register(client)
    code, stored = ticket(hybrid)
    before = crypto.keyring()
    newer = Keyring((Secret(b"n" * 32), *before.secrets), before.index_key)
    crypto.use(newer)
    try:
        assert ticket(hybrid) == (code, stored)
    finally:
        crypto.use(before)


@given(code=CODES, at=st.integers(0, LENGTH - 1), sign=st.sampled_from(ALPHABET))
def test_one_wrong_sign_is_found(code: str, at: int, sign: str) -> None:
    wrong = code[:at] + sign + code[at + 1 :]
    assert read(wrong) == (code if wrong == code else "")


@given(code=CODES, at=st.integers(0, LENGTH - 2))
def test_neighbours_that_changed_places_are_found(code: str, at: int) -> None:
    wrong = code[:at] + code[at + 1] + code[at] + code[at + 2 :]
    assert read(wrong) == (code if wrong == code else "")


@given(CODES)
def test_a_code_is_read_however_it_is_typed(code: str) -> None:
    assert read(shown(code)) == read(shown(code).lower().replace("-", " ")) == read(f" {code}\n") == code
    assert not set(code) & set("01IOL")


@pytest.mark.parametrize("typed", ["", "ABCD", "0" * 12, "é" * 12, "ABCD-EFGH-JKMN-PQRS", "²" * 12])
def test_what_is_no_code_reads_as_none(typed: str) -> None:
    assert read(typed) == ""


def move(house: Brand, day: int) -> None:
    with db.writing():
        when = timed(house.timezone, wall(2018, 5, day, 19))
        changes.move(event_by_slug(house.id, "partners"), when, {})
