"""A registration seen and changed by its owner: only through a link mailed for it, with the calendar following."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta

import icalendar
import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from mobilize.core import db
from mobilize.core.db import session
from mobilize.core.errors import Conflict
from mobilize.core.when import timed
from mobilize.delivery.models import Content, Delivery, DeliveryState
from mobilize.events import changes
from mobilize.events.models import Attendance, Event
from mobilize.events.queries import event_by_slug
from mobilize.events.registrations.answers import owner_of
from mobilize.events.registrations.changing import OwnChanges, change
from mobilize.events.registrations.models import EntryChoice, Registration
from mobilize.events.registrations.queries import held_seats
from mobilize.events.registrations.service import FormFacts, change_form
from mobilize.organisations.queries import Brand
from mobilize.questions.models import QuestionKind
from mobilize.questions.service import QuestionFacts, create_question
from tests.events.conftest import BEFORE, wall
from tests.events.test_registering import ask, entries, states
from tests.signup.visiting import hidden, mails, press


@pytest.fixture(autouse=True)
def before_it() -> Iterator[None]:
    with time_machine.travel(BEFORE, tick=False):
        yield


@pytest.fixture
def hybrid(house: Brand, lecture: str) -> int:
    """The id of the lecture, in a room of one seat and online, whose form asks a diet."""
    with db.writing():
        event = event_by_slug(house.id, lecture)
        event.attendance = Attendance.BOTH
        change_form(event, FormFacts(capacity=1))
        diet = QuestionFacts({"en": "Diet"}, sensitive=True)
        create_question(house.id, owner_of(event.id), "diet", QuestionKind.SHORT_TEXT, diet)
        return event.id


def register(client: FlaskClient, address: str = "amina@example.org", **fields: str) -> str:
    """The path of the link in the confirmation."""
    assert ask(client, address, **{"attendance": "venue", **fields}).status_code == 303
    press(client, mails()[-1].links["action_url"])
    return mails()[-1].links["own_url"]


def fresh_link(client: FlaskClient, own: str) -> str:
    """The path of the link that the own page mails."""
    press(client, own, press="mail")
    assert mails()[-1].template == "events/change_link"
    return mails()[-1].links["action_url"]


def save(client: FlaskClient, path: str, **fields: str) -> TestResponse:
    """Change some fields; the others as the page shows them."""
    page = client.get(path).text
    kept = {"answer_diet": hidden(page, "answer_diet")} if "answer_diet" in page else {}
    typed = {"attendance": "venue", "press": "save", **kept, **fields}
    return client.post(path, data={"form_token": hidden(page, "form_token"), **typed})


def summaries() -> list[tuple[str, str, str]]:
    """Template, METHOD and SUMMARY of every calendar entry that was mailed, the oldest first."""
    with db.reading():
        wanted = select(Content.source).join(Delivery, Delivery.content_id == Content.id).order_by(Delivery.id)
        sources = [source for source in session.scalars(wanted) if source.get("calendar")]
    read = [(source["template"], icalendar.Calendar.from_ical(source["calendar"])) for source in sources]
    return [(template, str(one["method"]), str(one.walk("VEVENT")[0]["summary"])) for template, one in read]


def test_the_link_of_the_confirmation_shows_nothing_of_the_person(client: FlaskClient, hybrid: int) -> None:
    """It may have been forwarded; it leaves, or mails a link to the registered address."""
    own = register(client, answer_diet="vegan")
    page = client.get(own).text
    assert "vegan" not in page
    assert "amina" not in page
    fresh = fresh_link(client, own)
    assert 'value="vegan"' in client.get(fresh).text
    assert "amina" not in client.get(fresh).text


def test_answers_are_changed_and_nothing_is_mailed_for_them(client: FlaskClient, hybrid: int) -> None:
    fresh = fresh_link(client, register(client, answer_diet="vegan"))
    before = len(mails())
    assert save(client, fresh, answer_diet="halal").status_code == 303
    assert 'value="halal"' in client.get(fresh).text
    assert len(mails()) == before


def test_whoever_goes_online_frees_the_seat_and_comes_back_only_to_a_free_one(client: FlaskClient, hybrid: int) -> None:
    fresh = fresh_link(client, register(client))
    assert save(client, fresh, attendance="online").status_code == 303
    assert mails()[-1].template == "events/changed"
    assert entries()[-1] == ("events/changed", "REQUEST", 1)
    with db.reading():
        assert held_seats(hybrid, BEFORE) == 0
    register(client, "bela@example.org")
    refused = save(client, fresh)
    assert (refused.status_code, "No seat is free" in refused.text) == (409, True)
    with db.reading():
        assert held_seats(hybrid, BEFORE) == 1
        taking_part = session.scalars(select(Registration.attendance).order_by(Registration.id)).all()
    assert taking_part == [Attendance.ONLINE, Attendance.VENUE]


def test_a_neutral_name_stands_in_every_later_entry(client: FlaskClient, house: Brand, hybrid: int) -> None:
    """Chosen on the form; neither the event's name, place nor page is in the entry."""
    register(client, entry="appointment")
    with db.writing():
        changes.move(event_by_slug(house.id, "partners"), timed(house.timezone, wall(2018, 5, 16, 19)), {})
    with db.writing():
        changes.cancel(event_by_slug(house.id, "partners"), {})
    assert summaries() == [
        ("events/registered", "REQUEST", "Appointment"),
        ("events/moved", "REQUEST", "Appointment"),
        ("events/cancelled", "CANCEL", "Appointment"),
    ]
    with db.reading():
        sources = [source["calendar"] for source in session.scalars(select(Content.source)) if source.get("calendar")]
    assert not [one for one in sources if any(word in one for word in ("Partners", "Wijnhaven", "/events/", "civil"))]


def test_no_entry_means_none_and_the_earlier_one_is_taken_back(client: FlaskClient, house: Brand, hybrid: int) -> None:
    fresh = fresh_link(client, register(client))
    save(client, fresh, entry="none")
    assert summaries()[-1][:2] == ("events/changed", "CANCEL")
    known = len(summaries())
    with db.writing():
        changes.move(event_by_slug(house.id, "partners"), timed(house.timezone, wall(2018, 5, 16, 19)), {})
    assert summaries()[known:] == [("events/moved", "CANCEL", "Busy")], "it ends the mail that takes the entry back"
    with db.writing():
        session.execute(update(Delivery).values(state=DeliveryState.ACCEPTED))
        changes.move(event_by_slug(house.id, "partners"), timed(house.timezone, wall(2018, 5, 17, 19)), {})
    assert mails()[-1].template == "events/moved"
    assert len(summaries()) == known + 1
    save(client, fresh, entry="busy")
    assert summaries()[-1] == ("events/changed", "REQUEST", "Busy")
    sequences = [sequence for _template, _method, sequence in entries()]
    assert sequences == sorted(set(sequences))


def test_an_entry_that_is_not_offered_is_refused(client: FlaskClient, hybrid: int) -> None:
    fresh = fresh_link(client, register(client))
    assert save(client, fresh, entry="party").status_code == 422
    assert ask(client, "b@example.org", attendance="online", entry="party").status_code == 422


def test_an_event_in_a_room_alone_has_no_choice_and_can_be_saved(
    client: FlaskClient, house: Brand, hybrid: int
) -> None:
    with db.writing():
        event_by_slug(house.id, "partners").attendance = Attendance.VENUE
    fresh = fresh_link(client, register(client))
    assert "How will you take part?" not in client.get(fresh).text
    assert save(client, fresh, answer_diet="halal", attendance="moon").status_code == 303
    assert 'value="halal"' in client.get(fresh).text


def parties(event_id: int, **facts: int) -> None:
    """Let people register with others, in a room of four seats."""
    with db.writing():
        change_form(session.get_one(Event, event_id), FormFacts(**{"capacity": 4, "largest_party": 3, **facts}))


def test_a_party_grows_and_shrinks_with_the_seats_there_are(client: FlaskClient, hybrid: int) -> None:
    """All or nothing: where not all have a seat, it stays as it was. Who comes is told how many they are now."""
    parties(hybrid)
    fresh = fresh_link(client, register(client))
    register(client, "b@example.org", party="2")
    assert 'name="party"' in client.get(fresh).text
    assert save(client, fresh, party="2").status_code == 303
    assert mails()[-1].template == "events/changed"
    with db.reading():
        assert held_seats(hybrid, BEFORE) == 4
    refused = save(client, fresh, party="3")
    assert (refused.status_code, "There are not enough free seats for all of you" in refused.text) == (409, True)
    with db.reading():
        assert held_seats(hybrid, BEFORE) == 4
    assert save(client, fresh, party="1").status_code == 303
    with db.reading():
        assert held_seats(hybrid, BEFORE) == 3


@pytest.mark.parametrize("party", ["0", "-1", "4", "many"])
def test_a_party_that_cannot_be_is_refused_beside_its_field(client: FlaskClient, hybrid: int, party: str) -> None:
    parties(hybrid)
    fresh, known = fresh_link(client, register(client)), len(mails())
    answer = save(client, fresh, party=party)
    assert (answer.status_code, 'id="party-error' in answer.text) == (422, True)
    assert len(mails()) == known


def test_a_party_may_stay_where_parties_became_smaller(client: FlaskClient, hybrid: int) -> None:
    """And a form that does not ask leaves it as it is."""
    parties(hybrid)
    fresh = fresh_link(client, register(client, party="3"))
    parties(hybrid, largest_party=1)
    assert save(client, fresh, entry="none").status_code == 303
    with db.reading():
        assert session.scalars(select(Registration.party)).one() == 3
    assert save(client, fresh, party="2").status_code == 303
    assert save(client, fresh, party="3").status_code == 422


def test_a_smaller_party_frees_seats_for_those_who_wait(client: FlaskClient, hybrid: int) -> None:
    """With the same commit."""
    parties(hybrid, capacity=3)
    fresh = fresh_link(client, register(client, party="3"))
    ask(client, "b@example.org", attendance="venue", wait="y")
    press(client, mails()[-1].links["action_url"])
    assert save(client, fresh, party="2").status_code == 303
    assert states(hybrid) == {"registered": 1, "offered": 1}


def test_a_way_that_is_not_offered_is_refused(client: FlaskClient, hybrid: int) -> None:
    page = save(client, fresh_link(client, register(client)), attendance="moon")
    assert (page.status_code, "Choose one" in page.text) == (422, True)


def test_the_last_seat_is_taken_once_by_many_who_were_online(client: FlaskClient, hybrid: int) -> None:
    """Eight threads, one seat: the lock of the event's row lets one change."""
    for number in range(8):
        register(client, f"person{number}@example.org", attendance="online")
    changed: list[int] = []

    def try_one(registration_id: int) -> None:
        with db.writing():
            row = session.get_one(Registration, registration_id)
            wanted = OwnChanges(Attendance.VENUE, EntryChoice.EVENT, {})
            try:
                change(row, session.get_one(Event, hybrid), wanted)
                changed.append(registration_id)
            except Conflict:
                db.abandon()

    with db.reading():
        ids = session.scalars(select(Registration.id)).all()
    threads = [threading.Thread(target=try_one, args=(one,)) for one in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(changed) == 1
    with db.reading():
        assert held_seats(hybrid, BEFORE) == 1


def test_an_old_link_offers_a_new_one(client: FlaskClient, hybrid: int) -> None:
    fresh = fresh_link(client, register(client, answer_diet="vegan"))
    with time_machine.travel(BEFORE + timedelta(days=2, minutes=1), tick=False):
        page = client.get(fresh).text
        assert "This link has expired" in page
        assert "vegan" not in page
        form = {"form_token": hidden(page, "form_token"), "press": "save", "attendance": "online"}
        client.post(fresh, data=form)
        assert mails()[-1].template == "events/change_link"
        with db.reading():
            assert session.scalars(select(Registration.attendance)).one() is Attendance.VENUE


def test_leaving_from_there_ends_what_can_be_changed(client: FlaskClient, hybrid: int) -> None:
    fresh = fresh_link(client, register(client))
    press(client, fresh, press="leave")
    assert states(hybrid) == {"left": 1}
    page = client.get(fresh).text
    assert "You are not registered any more" in page
    assert "<form" not in page
    assert len([one for one in mails() if one.template == "events/left"]) == 1


def test_few_links_are_mailed_and_none_for_an_event_that_is_off(client: FlaskClient, house: Brand, hybrid: int) -> None:
    own = register(client)
    for _time in range(5):
        assert press(client, own, press="mail").status_code == 303
    assert len([one for one in mails() if one.template == "events/change_link"]) == 3
    with db.writing():
        changes.cancel(event_by_slug(house.id, "partners"), {})
    page = client.get(own).text
    assert 'value="mail"' not in page


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_link_of_nobody_says_so(client: FlaskClient, house: Brand, method: str) -> None:
    assert getattr(client, method)("/g/change/nothing").status_code == 404


def test_a_button_that_the_page_does_not_have_gives_up_no_seat(client: FlaskClient, hybrid: int) -> None:
    """A seat is given up by the button that says so; any other name is refused and changes nothing."""
    own = register(client)
    before = states(hybrid)
    assert press(client, own, press="acept").status_code == 400
    assert states(hybrid) == before


def test_a_forwarded_link_brings_no_reminders_back(client: FlaskClient, hybrid: int) -> None:
    """Undone for a quarter of an hour by the link that stopped them; later only by one that was mailed for it."""
    own = register(client)
    press(client, own, press="quiet")
    assert "Remind me again" in client.get(own).text
    press(client, own, press="remind")
    assert "No more reminders" in client.get(own).text
    press(client, own, press="quiet")
    with time_machine.travel(BEFORE + timedelta(minutes=16), tick=False):
        page = client.get(own).text
        assert "Remind me again" not in page
        late = client.post(own, data={"form_token": hidden(page, "form_token"), "press": "remind"})
        assert (late.status_code, "You get no reminders" in late.text) == (409, True)
        fresh = fresh_link(client, own)
        assert "Remind me again" in client.get(fresh).text
        assert press(client, fresh, press="remind").status_code == 303
        assert "No more reminders" in client.get(own).text
