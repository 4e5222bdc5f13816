"""Staff add, change and move registrations for somebody, with a reason, a mail by choice, and never over the seats."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from mobilize.core import db
from mobilize.core.audit import AuditEntry
from mobilize.core.db import session
from mobilize.core.when import timed
from mobilize.delivery.models import Delivery, DeliveryState, Recipient, RecipientKind, SuppressionReason
from mobilize.delivery.suppression.service import suppress
from mobilize.events import changes
from mobilize.events.models import Attendance, Event
from mobilize.events.queries import event_by_slug
from mobilize.events.registrations import staff
from mobilize.events.registrations.models import Registration, RegistrationState
from mobilize.events.registrations.queries import held_seats
from mobilize.events.registrations.service import FormFacts, change_form
from mobilize.events.registrations.staff import Entered
from mobilize.events.service import Facts, create_event, publish
from mobilize.organisations.queries import Brand
from mobilize.subscribers.models import Subscription
from tests.events.conftest import BEFORE, wall
from tests.events.test_registering import ask, entries, states
from tests.signup.visiting import hidden, mails

LIST = "/studio/centre/calendar/partners/registrations"
PERSON = "amina@example.org"
PEOPLE = select(Recipient).where(Recipient.kind == RecipientKind.PERSON)


@pytest.fixture(autouse=True)
def before_it() -> Iterator[None]:
    with time_machine.travel(BEFORE, tick=False):
        yield


@pytest.fixture
def hybrid(house: Brand, lecture: str) -> int:
    """The id of the lecture, in a room of one seat and online."""
    with db.writing():
        event = event_by_slug(house.id, lecture)
        event.attendance = Attendance.BOTH
        session.flush()
        change_form(event, FormFacts(capacity=1))
        return event.id


@pytest.fixture
def repeat(house: Brand, hybrid: int) -> int:
    """The id of a second event, in a room of one seat a month later."""
    with db.writing():
        when = timed(house.timezone, wall(2018, 6, 14, 19), wall(2018, 6, 14, 21))
        row: Event = create_event(house.id, "repeat", Facts(titles={"en": "Once more"}), when)
        publish(row)
        session.flush()
        change_form(row, FormFacts(capacity=1))
        return row.id


def add(client: FlaskClient, address: str = PERSON, **fields: str) -> TestResponse:
    values = {
        "address": address,
        "first_name": "Amina",
        "language": "en",
        "attendance": "venue",
        "party": "1",
        "reason": "She asked by phone",
        "told": "y",
        **fields,
    }
    return post(client, f"{LIST}/add", values)


def post(client: FlaskClient, path: str, values: dict[str, str]) -> TestResponse:
    page = client.get(path).text
    kept = {name: value for name, value in values.items() if value}
    return client.post(path, data={"form_token": hidden(page, "form_token"), **kept})


def only() -> Registration:
    return session.scalars(select(Registration).order_by(Registration.id)).one()


def one_path(address_of: str = "") -> str:
    with db.reading():
        return f"{LIST}/{only().uid}{address_of}"


def test_somebody_is_added_and_gets_the_confirmation_with_entry_and_ticket(
    campaigner: FlaskClient, hybrid: int
) -> None:
    assert add(campaigner, language="fr").status_code == 303
    assert states(hybrid) == {"registered": 1}
    (mail,) = mails()
    assert (mail.template, mail.language) == ("events/registered", "fr")
    assert mail.facts["ticket_code"]
    assert entries() == [("events/registered", "REQUEST", 0)]
    with db.reading():
        assert "The Centre" in only().wording
        trail = session.scalars(select(AuditEntry).where(AuditEntry.action == "registration.added")).one()
        assert trail.facts["reason"] == "She asked by phone"
        assert session.scalars(select(Subscription)).all() == []
    page = campaigner.get(one_path()).text
    assert "She asked by phone" in page
    assert PERSON not in page


def test_without_the_tick_nothing_is_mailed_and_no_entry_is_taken_back_later(
    campaigner: FlaskClient, house: Brand, hybrid: int
) -> None:
    """A CANCEL of an entry that nobody got would be the first that a calendar hears of it."""
    assert add(campaigner, told="").status_code == 303
    assert mails() == []
    with db.writing():
        changes.cancel(event_by_slug(house.id, "partners"), {})
    assert [mail.template for mail in mails()] == ["events/cancelled"]
    assert entries() == []


def test_no_seat_is_made_for_staff_and_the_refusal_says_how_many_there_are(
    campaigner: FlaskClient, hybrid: int
) -> None:
    add(campaigner)
    refused = add(campaigner, "bela@example.org")
    assert refused.status_code == 422
    assert "1 of 1 are taken" in refused.text
    assert states(hybrid) == {"registered": 1}
    with db.reading():
        assert len(session.scalars(PEOPLE).all()) == 1
    assert add(campaigner, "bela@example.org", attendance="online").status_code == 303
    assert states(hybrid) == {"registered": 2}


def test_what_does_not_hold_is_refused_beside_its_field(campaigner: FlaskClient, hybrid: int) -> None:
    assert "Enter an email address" in add(campaigner, "nonsense").text
    assert "Fill this in" in add(campaigner, reason="").text
    assert "Choose from 1 to 1" in add(campaigner, party="3").text
    assert states(hybrid) == {}
    add(campaigner)
    assert "registered already" in add(campaigner).text


def test_whoever_has_not_confirmed_is_registered_and_the_mailed_link_still_works(
    client: FlaskClient, campaigner: FlaskClient, hybrid: int
) -> None:
    ask(client, attendance="venue")
    link = mails()[-1].links["action_url"]
    assert add(campaigner).status_code == 303
    assert states(hybrid) == {"registered": 1}
    assert "You are registered" in client.get(link).text
    assert states(hybrid) == {"registered": 1}
    assert [mail.template for mail in mails()] == ["events/confirm", "events/registered"]


def test_staff_make_nobody_more_mailable(campaigner: FlaskClient, house: Brand, hybrid: int) -> None:
    add(campaigner, told="")
    with db.writing():
        person = session.scalars(PEOPLE).one()
        suppress(house.id, person.address_index, SuppressionReason.COMPLAINT, "test")
        row = only()
        staff.service.remove(row, event_by_slug(house.id, "partners"), "mistake", told=False)
    answer = add(campaigner)
    assert "They get no email" in campaigner.get(answer.headers["Location"]).text
    with db.reading():
        assert session.scalars(select(Delivery.state)).all() == [DeliveryState.SUPPRESSED]


def test_attendance_and_language_are_changed_and_the_calendar_follows(campaigner: FlaskClient, hybrid: int) -> None:
    add(campaigner)
    values = {"attendance": "online", "language": "fr", "reason": "Cannot travel", "told": "y"}
    assert post(campaigner, one_path("/change"), values).status_code == 303
    with db.reading():
        assert (only().attendance, only().language) == (Attendance.ONLINE, "fr")
        assert held_seats(hybrid, BEFORE) == 0
    assert (mails()[-1].template, mails()[-1].language) == ("events/changed", "fr")
    assert entries()[-1] == ("events/changed", "REQUEST", 1)
    add(campaigner, "bela@example.org")
    back = post(campaigner, f"{LIST}/{_first_uid()}/change", {**values, "attendance": "venue"})
    assert (back.status_code, "1 of 1 are taken" in back.text) == (422, True)


def test_moving_takes_the_entry_back_and_confirms_the_other_event(
    campaigner: FlaskClient, hybrid: int, repeat: int
) -> None:
    add(campaigner)
    values = {"to": "repeat", "attendance": "venue", "reason": "Wrong day", "told": "y"}
    moved = post(campaigner, one_path("/move"), values)
    assert moved.status_code == 303
    assert "/repeat/registrations/" in moved.headers["Location"]
    assert (states(hybrid), states(repeat)) == ({"removed": 1}, {"registered": 1})
    assert entries() == [
        ("events/registered", "REQUEST", 0),
        ("events/left", "CANCEL", 1),
        ("events/registered", "REQUEST", 0),
    ]
    assert "Wrong day" in campaigner.get(moved.headers["Location"]).text


def test_a_full_room_or_a_place_already_held_there_keeps_everybody_where_they_are(
    campaigner: FlaskClient, house: Brand, hybrid: int, repeat: int
) -> None:
    with db.writing():
        row = event_by_slug(house.id, "repeat")
        staff.add(row, house, Entered("first@example.org", "", "", "en", Attendance.VENUE), "x", told=False)
    add(campaigner)
    with db.reading():
        uid = session.scalars(select(Registration.uid).where(Registration.event_id == hybrid)).one()
    values = {"to": "repeat", "attendance": "venue", "reason": "Wrong day", "told": "y"}
    refused = post(campaigner, f"{LIST}/{uid}/move", values)
    assert (refused.status_code, "1 of 1 are taken" in refused.text) == (422, True)
    assert (states(hybrid), states(repeat)) == ({"registered": 1}, {"registered": 1})


def test_whoever_leaves_the_list_is_not_changed_any_more(campaigner: FlaskClient, house: Brand, hybrid: int) -> None:
    add(campaigner)
    with db.writing():
        changes.cancel(event_by_slug(house.id, "partners"), {})
    values = {"attendance": "online", "language": "en", "reason": "x"}
    assert "cannot be changed any more" in post(campaigner, one_path("/change"), values).text
    with db.reading():
        assert only().state is RegistrationState.EVENT_CANCELLED


def _first_uid() -> str:
    with db.reading():
        return session.scalars(select(Registration.uid).order_by(Registration.id)).first() or ""
