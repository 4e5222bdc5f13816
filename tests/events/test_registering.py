"""Asking for a seat, confirming by mail, leaving, and being told when the event changes: what the ledger then holds."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta

import icalendar
import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from mobilize.core import db
from mobilize.core.db import session
from mobilize.core.errors import Conflict
from mobilize.core.settings import Settings
from mobilize.core.when import timed
from mobilize.delivery.models import Content, Delivery, DeliveryState, Stream
from mobilize.events import changes
from mobilize.events.models import Attendance
from mobilize.events.queries import event_by_slug
from mobilize.events.registrations import service, tick_steps
from mobilize.events.registrations.asking import Place
from mobilize.events.registrations.models import Registration
from mobilize.events.registrations.queries import counts, form_of, held_seats
from mobilize.events.registrations.service import FormFacts, change_form
from mobilize.organisations.queries import Brand
from tests.delivery.calendar_mail import calendar_text, event_in, part_of
from tests.events.changing import change_event
from tests.events.conftest import AFTER, BEFORE, wall
from tests.mailings.postman import on_duty
from tests.signup.visiting import answer_to, hidden, mails, press

PATH = "/centre/events/partners"
PERSON = "amina@example.org"


@pytest.fixture
def opened(house: Brand, lecture: str) -> int:
    """The id of the lecture, for which two people can register."""
    with db.writing():
        event = event_by_slug(house.id, lecture)
        change_form(event, FormFacts(capacity=2, wordings={"en": "We use your address for this event only."}))
        return event.id


def ask(client: FlaskClient, address: str = PERSON, *, page: str = "", **fields: str) -> TestResponse:
    """Register as a visitor whose browser runs scripts, on a ``page`` that was opened before or now."""
    page = page or open_page(client)
    values = {"form_token": hidden(page, "form_token"), "proof": answer_to(page), "email": address, **fields}
    return client.post(f"{PATH}/register", data=values)


def open_page(client: FlaskClient) -> str:
    return client.get(f"{PATH}/register").get_data(as_text=True)


def register(client: FlaskClient, address: str = PERSON) -> None:
    """Ask, and press the button behind the link that is mailed."""
    assert ask(client, address).status_code == 303
    assert press(client, mails()[-1].links["action_url"]).status_code == 303


def states(event_id: int) -> dict[str, int]:
    with db.reading():
        return {state.value: number for state, number in counts(event_id).items() if number}


def entries() -> list[tuple[str, str, int]]:
    """Template, METHOD and SEQUENCE of every mail with a calendar entry, the oldest first."""
    with db.reading():
        wanted = select(Content.source, Delivery.state).join(Delivery, Delivery.content_id == Content.id)
        found = session.execute(wanted.order_by(Delivery.id)).all()
    sources = [source for source, _state in found if source.get("calendar")]
    read = [(source["template"], icalendar.Calendar.from_ical(source["calendar"])) for source in sources]
    return [
        (template, str(calendar["method"]), int(calendar.walk("VEVENT")[0]["sequence"])) for template, calendar in read
    ]


def waiting() -> list[str]:
    """Templates of the mails that wait, the oldest first."""
    with db.reading():
        wanted = select(Content.source).join(Delivery, Delivery.content_id == Content.id)
        rows = session.scalars(wanted.where(Delivery.state == DeliveryState.PENDING).order_by(Delivery.id))
        return [source["template"] for source in rows]


@pytest.fixture(autouse=True)
def before_it() -> Iterator[None]:
    with time_machine.travel(BEFORE, tick=False):
        yield


def test_a_seat_is_held_and_confirmed_by_mail(client: FlaskClient, opened: int) -> None:
    answer = ask(client, first_name="Amina")
    assert answer.headers["Location"].endswith(f"{PATH}/register/sent")
    assert states(opened) == {"pending": 1}
    (mail,) = mails()
    assert mail.template == "events/confirm"
    page = client.get(mail.links["action_url"]).get_data(as_text=True)
    assert "Confirm your registration" in page
    assert "Amina" not in page
    assert states(opened) == {"pending": 1}
    press(client, mail.links["action_url"])
    assert states(opened) == {"registered": 1}
    assert "You are registered" in client.get(mail.links["action_url"]).get_data(as_text=True)
    assert entries() == [("events/registered", "REQUEST", 0)]
    assert "own_url" in mails()[-1].links
    press_again = client.get(mail.links["action_url"]).get_data(as_text=True)
    assert "Confirm my registration" not in press_again
    with db.reading():
        row = session.scalars(select(Registration)).one()
        assert row.wording == (
            "We use your address for this event only.\nWho came is forgotten 30 days after the event; the numbers stay."
        )


def test_no_capacity_is_exceeded_and_the_answer_is_the_same_for_every_address(client: FlaskClient, opened: int) -> None:
    earlier = [open_page(client), open_page(client)]
    register(client)
    ask(client, "b@example.org")
    full = ask(client, "c@example.org", page=earlier[0])
    assert (full.status_code, "No seat is free" in full.text) == (409, True)
    known = ask(client, page=earlier[1])
    assert (known.status_code, "No seat is free" in known.text) == (409, True)
    assert states(opened) == {"pending": 1, "registered": 1}
    assert "All seats are taken" in client.get(f"{PATH}/register").text


def test_whoever_is_registered_gets_a_link_and_the_visitor_the_same_answer(client: FlaskClient, opened: int) -> None:
    register(client)
    first = ask(client, "new@example.org")
    with db.writing():
        form = form_of(opened)
        assert form is not None
        form.capacity = 10
    again = ask(client)
    assert (again.status_code, again.headers["Location"]) == (first.status_code, first.headers["Location"])
    assert mails()[-1].template == "events/already"
    assert states(opened) == {"pending": 1, "registered": 1}


def test_a_seat_that_nobody_confirms_is_free_after_an_hour(
    client: FlaskClient, opened: int, installation: Settings
) -> None:
    ask(client)
    link = mails()[-1].links["action_url"]
    later = BEFORE + timedelta(minutes=61)
    tick_steps.end_holds(later - timedelta(minutes=2), installation)
    assert states(opened) == {"pending": 1}
    with time_machine.travel(later, tick=False):
        with db.reading():
            assert held_seats(opened, later) == 0
        tick_steps.end_holds(later, installation)
        assert states(opened) == {}
        press(client, link)
        assert states(opened) == {"registered": 1}


def test_a_late_link_gets_no_seat_in_a_full_room(client: FlaskClient, opened: int, installation: Settings) -> None:
    ask(client)
    link = mails()[-1].links["action_url"]
    later = BEFORE + timedelta(minutes=61)
    tick_steps.end_holds(later, installation)
    with time_machine.travel(later, tick=False):
        register(client, "b@example.org")
        register(client, "c@example.org")
        refused = press(client, link)
    assert (refused.status_code, "No seat is free" in refused.text) == (409, True)
    assert states(opened) == {"registered": 2}


def test_leaving_takes_the_entry_back_and_frees_the_seat(client: FlaskClient, opened: int) -> None:
    register(client)
    own = mails()[-1].links["own_url"]
    page = client.get(own).get_data(as_text=True)
    assert "Partners under Pressure" in page
    assert "amina" not in page
    assert states(opened) == {"registered": 1}
    press(client, own)
    assert states(opened) == {"left": 1}
    assert "You are not registered any more" in client.get(own).get_data(as_text=True)
    assert entries() == [("events/registered", "REQUEST", 0), ("events/left", "CANCEL", 1)]
    assert waiting() == ["events/confirm", "events/left"]
    register(client)
    assert entries()[-1] == ("events/registered", "REQUEST", 2)


def test_who_comes_back_late_gets_an_entry_that_their_calendar_takes(
    client: FlaskClient, opened: int, installation: Settings
) -> None:
    """Somebody, perhaps a stranger, asks for who left and nobody confirms: what was mailed to them is not forgotten."""
    register(client)
    press(client, mails()[-1].links["own_url"])
    assert ask(client).status_code == 303
    later = BEFORE + timedelta(minutes=61)
    with time_machine.travel(later, tick=False):
        tick_steps.end_holds(later, installation)
        assert states(opened) == {"left": 1}
        with db.reading():
            assert held_seats(opened, later) == 0
        assert press(client, mails()[-1].links["action_url"]).status_code == 303
        assert states(opened) == {"registered": 1}
    assert [(method, sequence) for _template, method, sequence in entries()] == [
        ("REQUEST", 0),
        ("CANCEL", 1),
        ("REQUEST", 2),
    ]


def test_a_cancellation_is_one_commit_and_everybody_is_told(
    client: FlaskClient, campaigner: FlaskClient, house: Brand, lecture: str, opened: int
) -> None:
    """Status, closed form, ended links and one apology each: to who is registered with their entry taken back."""
    register(client)
    ask(client, "pending@example.org")
    asked = campaigner.get(f"/studio/centre/calendar/{lecture}/becomes/cancelled").get_data(as_text=True)
    assert "1 person who is registered gets an email at once, in English" in asked
    assert "1 person who has not confirmed yet is told by email, in English" in asked
    change_event(
        campaigner, f"/studio/centre/calendar/{lecture}/becomes/cancelled", reasons_en="Unforeseen circumstances."
    )
    assert states(opened) == {"event_cancelled": 2}
    assert entries() == [("events/registered", "REQUEST", 0), ("events/cancelled", "CANCEL", 1)]
    assert waiting() == ["events/cancelled", "events/cancelled_pending"]
    assert "Registration is closed" in client.get(f"{PATH}/register").text
    link = next(mail.links["action_url"] for mail in mails()[::-1] if mail.template == "events/confirm")
    refused = press(client, link)
    assert (refused.status_code, "Registration is closed" in refused.text) == (409, True)
    again = change_event(campaigner, f"/studio/centre/calendar/{lecture}/becomes/cancelled")
    assert again.status_code == 422
    assert len(waiting()) == 2


def test_a_move_is_told_once_with_the_new_date(client: FlaskClient, house: Brand, lecture: str, opened: int) -> None:
    register(client)
    with db.writing():
        event = event_by_slug(house.id, lecture)
        changes.move(event, timed(house.timezone, wall(2018, 5, 16, 19)), {"en": "The room is closed."})
    with db.writing():
        changes.move(event_by_slug(house.id, lecture), timed(house.timezone, wall(2018, 5, 17, 19)), {})
    assert waiting() == ["events/confirm", "events/moved"]
    assert entries()[-1] == ("events/moved", "REQUEST", 2)
    with db.reading():
        source = session.scalars(select(Content.source).order_by(Content.id.desc()).limit(1)).one()
    assert "17 May 2018" in source["fixed"]["when"]


def test_somebody_who_left_is_not_told_and_their_entry_stays_taken_back(
    client: FlaskClient, house: Brand, lecture: str, opened: int
) -> None:
    register(client)
    press(client, mails()[-1].links["own_url"])
    with db.writing():
        changes.cancel(event_by_slug(house.id, lecture), {})
    assert waiting() == ["events/left"]
    assert states(opened) == {"left": 1}


def test_staff_take_somebody_off_with_a_reason(
    client: FlaskClient, campaigner: FlaskClient, lecture: str, opened: int
) -> None:
    register(client)
    root = f"/studio/centre/calendar/{lecture}/registrations"
    page = campaigner.get(root).get_data(as_text=True)
    assert "1 of 2" in page
    assert "a•••@e•••.org" in page
    assert PERSON not in page
    with db.reading():
        uid = session.scalars(select(Registration.uid)).one()
    assert press(campaigner, f"{root}/{uid}/remove").status_code == 422
    press(campaigner, f"{root}/{uid}/remove", reason="Asked by telephone", told="y")
    assert states(opened) == {"removed": 1}
    assert entries()[-1] == ("events/left", "CANCEL", 1)


def test_an_events_people_are_forgotten_and_the_numbers_stay(
    client: FlaskClient, campaigner: FlaskClient, lecture: str, opened: int, installation: Settings
) -> None:
    register(client)
    tick_steps.forget_registrants(AFTER + timedelta(days=28), installation)
    assert states(opened) == {"registered": 1}
    tick_steps.forget_registrants(AFTER + timedelta(days=31), installation)
    assert states(opened) == {}
    with db.reading():
        form = form_of(opened)
        assert form is not None
        assert form.sums == {"registered": 1, "seats": 1}
    page = campaigner.get(f"/studio/centre/calendar/{lecture}/registrations").get_data(as_text=True)
    assert "registered were 1" in page


def test_a_robot_in_the_trap_gets_the_same_answer_and_nothing_is_written(client: FlaskClient, opened: int) -> None:
    assert ask(client, homepage="https://example.org").status_code == 303
    assert states(opened) == {}


def test_without_a_script_a_second_press_registers(client: FlaskClient, opened: int) -> None:
    page = client.get(f"{PATH}/register").get_data(as_text=True)
    second = client.post(f"{PATH}/register", data={"form_token": hidden(page, "form_token"), "email": PERSON})
    assert "One more step" in second.text
    assert states(opened) == {}
    values = {name: hidden(second.text, name) for name in ("form_token", "email", "attendance", "press")}
    with time_machine.travel(BEFORE + timedelta(seconds=5), tick=False):
        assert client.post(f"{PATH}/register", data=values).status_code == 303
    assert states(opened) == {"pending": 1}


@pytest.mark.parametrize("path", ["/r/nothing", "/g/nothing"])
def test_a_link_of_nobody_says_so(client: FlaskClient, house: Brand, path: str) -> None:
    for answer in (client.get(path), client.post(path)):
        assert (answer.status_code, "This link is not valid" in answer.text) == (404, True)


def test_a_link_that_is_too_old_confirms_nothing(client: FlaskClient, opened: int) -> None:
    ask(client)
    confirm_url = mails()[-1].links["action_url"]
    with time_machine.travel(BEFORE + timedelta(days=7), tick=False):
        for answer in (client.get(confirm_url), client.post(confirm_url)):
            assert (answer.status_code, "This link has expired" in answer.text) == (404, True)
    assert "registered" not in states(opened)


def test_the_last_seats_are_taken_once_by_many_at_the_same_time(
    settings: Settings, app: Flask, house: Brand, lecture: str, opened: int
) -> None:
    """Twenty threads, two seats: the lock of the event's row lets two have one."""
    taken: list[int] = []

    def try_one(number: int) -> None:
        with db.writing():
            event = event_by_slug(house.id, lecture)
            place = Place("", "", Attendance.VENUE, "")
            try:
                taken.append(service.ask(event, house, f"person{number}@example.org", "en", place))
            except Conflict:
                db.abandon()

    threads = [threading.Thread(target=try_one, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 2
    assert states(opened) == {"pending": 2}


def test_the_mail_that_arrives_carries_the_entry_for_its_reader_alone(
    client: FlaskClient, opened: int, installation: Settings
) -> None:
    """Over SMTP: text, HTML and a REQUEST with the reader as its one attendee; no personal link in the entry."""
    ask(client, first_name="Amina")
    press(client, mails()[-1].links["action_url"])
    with on_duty(installation) as postman:
        postman.deliver(Stream.TRANSACTIONAL)
    mail = postman.mails[-1]
    assert [part.get_content_type() for part in mail.walk()][1:] == [
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
        "text/calendar",
    ]
    entry = event_in(mail)
    assert str(entry["attendee"]) == f"mailto:{PERSON}"
    assert entry["attendee"].params["RSVP"] == "FALSE"
    assert str(entry["organizer"]) == "mailto:news@centre.example.org"
    assert "/g/" not in calendar_text(mail).decode()
    assert "/g/" in part_of(mail, "text/plain").get_content()
