"""A full room: its waiting list, offers with a limit, who gets the seats that become free, and what all are mailed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select

from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.core.settings import Settings
from mobilize.core.when import timed
from mobilize.delivery.models import Recipient, Stream, Suppression, SuppressionReason
from mobilize.events import changes
from mobilize.events.anchors import ANCHOR
from mobilize.events.models import Attendance, Event
from mobilize.events.queries import event_by_slug
from mobilize.events.registrations import tick_steps
from mobilize.events.registrations.models import Registration
from mobilize.events.registrations.queries import form_of, held_seats
from mobilize.events.registrations.service import FormFacts, change_form
from mobilize.organisations.queries import Brand
from tests.delivery.calendar_mail import part_of
from tests.events.conftest import BEFORE, wall
from tests.events.test_registering import PATH, ask, open_page, register, states, waiting
from tests.mailings.postman import on_duty
from tests.signup.visiting import mails, press

LIST = "/studio/centre/calendar/partners/registrations/waiting"


@pytest.fixture(autouse=True)
def before_it() -> Iterator[None]:
    with time_machine.travel(BEFORE, tick=False):
        yield


@pytest.fixture
def full(client: FlaskClient, house: Brand, lecture: str) -> int:
    """The id of the lecture, in a room of one seat that somebody has."""
    with db.writing():
        event = event_by_slug(house.id, lecture)
        change_form(event, FormFacts(capacity=1, largest_party=3))
        event_id = event.id
    register(client, "first@example.org")
    return event_id


def wait(client: FlaskClient, address: str, **fields: str) -> str:
    """Join the list as a visitor who confirms; the path of the link to their page."""
    assert ask(client, address, wait="y", **fields).status_code == 303
    assert press(client, mails()[-1].links["action_url"]).status_code == 303
    mail = mails()[-1]
    assert mail.template == "events/waiting"
    return mail.links["own_url"]


def own_link_of_first() -> str:
    return next(mail.links["own_url"] for mail in mails() if mail.template == "events/registered")


def leave_first(client: FlaskClient) -> None:
    """Whoever has the seat gives it up."""
    press(client, own_link_of_first())


def settings_of(event_id: int, **values: object) -> None:
    with db.writing():
        form = form_of(event_id)
        for name, value in values.items():
            setattr(form, name, value)


def test_a_full_room_offers_its_list_and_one_waits_after_confirming(client: FlaskClient, full: int) -> None:
    page = open_page(client)
    assert "You can join the waiting list" in page
    assert "Join the waiting list" in page
    answer = ask(client, "b@example.org", wait="y")
    assert answer.headers["Location"].startswith(f"{PATH}/register/sent?")
    assert "on the waiting list" in client.get(answer.headers["Location"]).text
    assert states(full) == {"registered": 1}
    link = mails()[-1].links["action_url"]
    press(client, link)
    assert states(full) == {"registered": 1, "waiting": 1}
    assert "Your position is 1" in client.get(link).text
    assert [mails()[-1].template, waiting()[-1]] == ["events/waiting", "events/waiting"]


def test_the_events_page_says_it_before_anybody_opens_the_form(client: FlaskClient, house: Brand, full: int) -> None:
    page = client.get(PATH).text
    assert "All seats are taken. You can join the waiting list." in page
    assert "Join the waiting list<" in page
    settings_of(full, has_waiting_list=False)
    page = client.get(PATH).text
    assert "All seats are taken." in page
    assert "/register" not in page
    with db.writing():
        session.get_one(Event, full).attendance = Attendance.BOTH
    page = client.get(PATH).text
    assert "The room is full. You can take part online." in page
    assert ">Register<" in page
    settings_of(full, capacity=2)
    assert "full" not in client.get(PATH).text


def test_without_a_list_a_full_room_takes_nobody(client: FlaskClient, full: int) -> None:
    page = open_page(client)
    settings_of(full, has_waiting_list=False)
    assert "If somebody leaves, one is free again" in open_page(client)
    refused = ask(client, "b@example.org", page=page, wait="y")
    assert (refused.status_code, "No seat is free" in refused.text) == (409, True)


def test_the_page_shows_the_position_and_the_list_can_be_left(client: FlaskClient, full: int) -> None:
    first, second = wait(client, "b@example.org"), wait(client, "c@example.org")
    assert "Your position is 2" in client.get(second).text
    press(client, first, press="leave")
    assert mails()[-1].template == "events/waiting_ended"
    assert "Your position is 1" in client.get(second).text
    assert states(full) == {"registered": 1, "waiting": 1, "left": 1}


def test_a_seat_that_becomes_free_is_offered_in_the_same_commit_and_taken(client: FlaskClient, full: int) -> None:
    own, other = wait(client, "b@example.org"), wait(client, "c@example.org")
    leave_first(client)
    assert states(full) == {"left": 1, "offered": 1, "waiting": 1}
    assert mails()[-1].template == "events/offer"
    page = client.get(own).text
    assert "It is yours until Wed 2 May 2018, 14:00" in page
    assert "All seats are taken" in open_page(client)
    press(client, own, press="accept")
    assert states(full) == {"left": 1, "registered": 1, "waiting": 1}
    assert mails()[-1].template == "events/registered"
    assert press(client, own, press="accept").status_code == 303
    refused = press(client, other, press="accept")
    assert (refused.status_code, "No seat is free" in refused.text) == (409, True)
    assert states(full) == {"left": 1, "registered": 1, "waiting": 1}


def test_a_declined_offer_goes_to_the_next(client: FlaskClient, full: int) -> None:
    own = wait(client, "b@example.org")
    wait(client, "c@example.org")
    leave_first(client)
    press(client, own, press="leave")
    assert states(full) == {"left": 2, "offered": 1}
    assert [mail.template for mail in mails()[-2:]] == ["events/waiting_ended", "events/offer"]


def test_an_offer_that_nobody_takes_in_time_goes_to_the_next(
    client: FlaskClient, full: int, installation: Settings
) -> None:
    own = wait(client, "b@example.org")
    wait(client, "c@example.org")
    leave_first(client)
    tick_steps.end_holds(BEFORE + timedelta(hours=23, minutes=59), installation)
    assert states(full) == {"left": 1, "offered": 1, "waiting": 1}
    with time_machine.travel(BEFORE + timedelta(hours=24), tick=False):
        refused = press(client, own, press="accept")
        assert (refused.status_code, "This offer has ended" in refused.text) == (409, True)
        tick_steps.end_holds(clock.now(), installation)
        assert states(full) == {"left": 1, "lapsed": 1, "offered": 1}
        assert sorted(mail.template for mail in mails()[-2:]) == ["events/offer", "events/offer_lapsed"]
        assert "The offer has ended" in client.get(own).text


def test_no_seat_is_offered_shortly_before_the_start_but_can_be_taken(client: FlaskClient, full: int) -> None:
    own = wait(client, "b@example.org")
    with time_machine.travel(BEFORE + timedelta(days=12), tick=False):
        leave_first(client)
        assert states(full) == {"left": 1, "waiting": 1}
        assert "A seat is free now" in client.get(own).text
        press(client, own, press="accept")
        assert states(full) == {"left": 1, "registered": 1}


def test_no_seat_is_offered_while_registration_is_closed(
    client: FlaskClient, full: int, installation: Settings
) -> None:
    wait(client, "b@example.org")
    settings_of(full, is_open=False)
    leave_first(client)
    assert states(full) == {"left": 1, "waiting": 1}
    tick_steps.end_holds(BEFORE, installation)
    assert states(full) == {"left": 1, "waiting": 1}
    settings_of(full, is_open=True)
    tick_steps.end_holds(BEFORE, installation)
    assert states(full) == {"left": 1, "offered": 1}


def test_an_offer_ends_when_registration_closes(client: FlaskClient, full: int) -> None:
    own = wait(client, "b@example.org")
    settings_of(full, closes_at=BEFORE + timedelta(hours=2))
    leave_first(client)
    assert "It is yours until Tue 1 May 2018, 16:00" in client.get(own).text


def test_a_seat_that_nobody_confirms_is_offered_by_the_tick(
    client: FlaskClient, full: int, installation: Settings
) -> None:
    own = wait(client, "b@example.org")
    leave_first(client)
    press(client, own, press="leave")
    ask(client, "c@example.org")
    wait(client, "d@example.org")
    later = BEFORE + timedelta(minutes=61)
    with time_machine.travel(later, tick=False):
        tick_steps.end_holds(later, installation)
    assert states(full) == {"left": 2, "offered": 1}


def test_nobody_takes_a_seat_ahead_of_those_who_wait(client: FlaskClient, full: int, installation: Settings) -> None:
    """The hold of an hour is over, the tick has not run yet: whoever asks then finds the seat offered."""
    leave_first(client)
    ask(client, "c@example.org")
    wait(client, "d@example.org")
    with time_machine.travel(BEFORE + timedelta(minutes=61), tick=False):
        refused = ask(client, "quick@example.org")
    assert (refused.status_code, "No seat is free" in refused.text) == (409, True)
    tick_steps.end_holds(BEFORE + timedelta(minutes=61), installation)
    assert states(full) == {"left": 1, "offered": 1}


def test_more_seats_are_offered_at_once_in_order(client: FlaskClient, campaigner: FlaskClient, full: int) -> None:
    for name in ("b", "c", "d"):
        wait(client, f"{name}@example.org")
    form = "/studio/centre/calendar/partners/registrations/form"
    press(campaigner, form, is_open="y", keep_days="30", capacity="3", has_waiting_list="y")
    assert states(full) == {"registered": 1, "offered": 2, "waiting": 1}
    page = campaigner.get(LIST).text
    assert page.index("b•••") < page.index("c•••") < page.index("d•••")
    refused = press(campaigner, form, is_open="y", keep_days="30", capacity="2")
    assert (refused.status_code, "3 seats are held already" in refused.text) == (422, True)


def test_somebody_who_cannot_be_mailed_is_passed_over_and_the_organiser_sees_why(
    client: FlaskClient, campaigner: FlaskClient, full: int, installation: Settings
) -> None:
    own = wait(client, "b@example.org")
    wait(client, "c@example.org")
    with db.writing():
        who = session.scalars(select(Registration).where(Registration.event_id == full)).all()[1]
        person = session.get_one(Recipient, who.recipient_id)
        session.add(
            Suppression(
                organisation_id=person.organisation_id,
                address_index=person.address_index,
                reason=SuppressionReason.HARD_BOUNCE,
                source="test",
                created_at=clock.now(),
            )
        )
    leave_first(client)
    assert states(full) == {"left": 1, "waiting": 1, "offered": 1}
    assert "Passed over: the address cannot be mailed" in campaigner.get(LIST).text
    assert "Your position is 1" in client.get(own).text


def test_a_party_is_offered_all_its_seats_or_none(client: FlaskClient, campaigner: FlaskClient, full: int) -> None:
    settings_of(full, capacity=2)
    register(client, "second@example.org")
    large = wait(client, "b@example.org", party="2")
    wait(client, "c@example.org")
    assert "For 2 people" in client.get(large).text
    leave_first(client)
    assert states(full) == {"registered": 1, "left": 1, "waiting": 1, "offered": 1}
    assert "Passed over: more people than free seats" in campaigner.get(LIST).text
    with db.writing():
        change_form(session.get_one(Event, full), FormFacts(capacity=4))
    assert states(full) == {"registered": 1, "left": 1, "offered": 2}


def test_the_stream_needs_no_seat(client: FlaskClient, house: Brand, full: int) -> None:
    with db.writing():
        session.get_one(Event, full).attendance = Attendance.BOTH
    own = wait(client, "b@example.org", attendance="venue")
    wait(client, "c@example.org", attendance="venue")
    leave_first(client)
    press(client, own, press="stream")
    assert states(full) == {"left": 1, "registered": 1, "offered": 1}
    assert sorted(mail.template for mail in mails()[-2:]) == ["events/offer", "events/registered"]
    with db.reading():
        assert held_seats(full, clock.now()) == 1


def test_whoever_waits_asks_again_and_keeps_their_place(client: FlaskClient, full: int) -> None:
    own = wait(client, "b@example.org")
    ask(client, "b@example.org", wait="y")
    assert mails()[-1].template == "events/already"
    assert states(full) == {"registered": 1, "waiting": 1}
    assert "Your position is 1" in client.get(own).text


def test_whoever_confirms_late_gets_a_seat_that_is_free_by_then(client: FlaskClient, full: int) -> None:
    ask(client, "b@example.org", wait="y")
    link = mails()[-1].links["action_url"]
    leave_first(client)
    press(client, link)
    assert states(full) == {"left": 1, "registered": 1}


def test_a_cancellation_tells_those_who_wait_or_have_an_offer(client: FlaskClient, full: int) -> None:
    wait(client, "b@example.org")
    own = wait(client, "c@example.org")
    leave_first(client)
    with db.writing():
        changes.cancel(session.get_one(Event, full), {"en": "Unforeseen circumstances."})
    assert states(full) == {"left": 1, "event_cancelled": 2}
    assert waiting()[-2:] == ["events/cancelled_waiting"] * 2
    assert "events/offer" not in waiting()
    page = client.get(own).text
    assert ("This event is cancelled" in page, "form_token" in page) == (True, False)


@pytest.mark.parametrize(
    ("change", "mailed", "after"),
    [
        ("move", "events/moved_waiting", {"offered": 1, "waiting": 1}),
        ("postpone", "events/postponed_waiting", {"waiting": 2}),
        ("move_online", "events/online_waiting", {"waiting": 2}),
    ],
)
def test_those_who_wait_are_told_of_changes(
    client: FlaskClient, full: int, change: str, mailed: str, after: dict[str, int]
) -> None:
    own = wait(client, "b@example.org")
    wait(client, "c@example.org")
    leave_first(client)
    when = [timed("Europe/Amsterdam", wall(2018, 5, 16, 19))] if change == "move" else []
    with db.writing():
        getattr(changes, change)(session.get_one(Event, full), *when, {"en": "The room is closed."})
    assert [name for name in waiting() if name.endswith("_waiting")] == [mailed] * 2
    assert states(full) == {"left": 1, **after}
    if change == "move_online":
        press(client, own, press="stream")
        assert states(full) == {"left": 1, "registered": 1, "waiting": 1}


def test_after_a_postponement_offers_begin_again_with_the_new_date(
    client: FlaskClient, full: int, installation: Settings
) -> None:
    own = wait(client, "b@example.org")
    wait(client, "c@example.org")
    leave_first(client)
    with db.writing():
        changes.postpone(session.get_one(Event, full), {})
    page = client.get(own).text
    assert ("Your position is 1" in page, "Take the seat" in page) == (True, False)
    assert press(client, own, press="accept").status_code == 409
    with db.writing():
        changes.move(session.get_one(Event, full), timed("Europe/Amsterdam", wall(2018, 6, 16, 19)), {})
    tick_steps.end_holds(BEFORE, installation)
    assert "It is yours until" in client.get(own).text


def test_staff_take_somebody_off_the_list_with_a_word(client: FlaskClient, campaigner: FlaskClient, full: int) -> None:
    wait(client, "b@example.org")
    with db.reading():
        uid = session.scalars(select(Registration.uid).order_by(Registration.id.desc())).first()
    root = "/studio/centre/calendar/partners/registrations"
    assert "Waiting list" in campaigner.get(root).text
    press(campaigner, f"{root}/{uid}/remove", reason="Asked by telephone", told="y")
    assert states(full) == {"registered": 1, "removed": 1}
    assert mails()[-1].template == "events/waiting_ended"


def test_mails_to_those_who_wait_arrive_without_a_calendar_and_the_seat_with_one(
    client: FlaskClient, full: int, installation: Settings
) -> None:
    own = wait(client, "b@example.org")
    leave_first(client)
    with on_duty(installation) as postman:
        postman.deliver(Stream.TRANSACTIONAL)
        (offer,) = [one for one in postman.mails if "A seat for you" in str(one["subject"])]
        press(client, own, press="accept")
        postman.deliver(Stream.TRANSACTIONAL)
        seat = postman.mails[-1]
    assert [part.get_content_type() for part in offer.walk()][1:] == ["text/plain", "text/html"]
    assert "/g/" in part_of(offer, "text/plain").get_content()
    assert "text/calendar" in [part.get_content_type() for part in seat.walk()]


def test_those_who_wait_are_a_group_that_rules_can_mail(client: FlaskClient, house: Brand, full: int) -> None:
    wait(client, "b@example.org")
    wait(client, "c@example.org")
    leave_first(client)
    with db.reading():
        people = ANCHOR.groups["waiting"].people(house.id, session.get_one(Event, full).uid)
        found = {basis for _person, basis in session.execute(people)}
        states_of = select(Registration.id).where(Registration.state.in_(["waiting", "offered"]))
        assert (found, len(found)) == ({*session.scalars(states_of)}, 2)
