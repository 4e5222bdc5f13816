"""Rules fire when they are due: once, to the right people, late only within their limit, and only the latest step."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from mobilize.audiences.audience import Audience
from mobilize.core import clock, db, feature
from mobilize.core.db import new_uid, session
from mobilize.core.errors import Conflict, Refused
from mobilize.core.links import absolute, token_url
from mobilize.core.settings import Settings
from mobilize.core.when import timed
from mobilize.delivery.models import BasisKind, Delivery, Stream
from mobilize.events import changes as events
from mobilize.events.models import Attendance
from mobilize.events.registrations import service as registrations
from mobilize.events.registrations.models import Registration
from mobilize.events.registrations.purposes import OWN
from mobilize.events.service import Facts, create_event, publish
from mobilize.mailings.content import MailingText, SenderText, read_version
from mobilize.mailings.models import Mailing
from mobilize.mailings.service import delete_draft
from mobilize.organisations.queries import Brand
from mobilize.schedules import queries, service, showing
from mobilize.schedules.firing import fire_due
from mobilize.schedules.models import Occurrence, OccurrenceState
from mobilize.schedules.offsets import Offset
from mobilize.schedules.tick_steps import fire_rules
from tests.mailings.postman import on_duty, text_of
from tests.plans import planning
from tests.schedules.conftest import LONG_BEFORE, START, MakeRule, register, the_event, thing, wall
from tests.signup.visiting import press

DUE = datetime.fromisoformat("2018-05-13T08:00+00:00")
"""A day before, at ten in Amsterdam."""


def outcomes(uid: str) -> list[tuple[str, str]]:
    with db.reading():
        rows = session.scalars(select(Occurrence).order_by(Occurrence.rule_id, Occurrence.number))
        return [(row.state.value, row.reason) for row in rows if queries.rule_by_uid(_house(), uid).id == row.rule_id]


def _house() -> int:
    return session.scalars(select(Mailing.organisation_id).limit(1)).one()


def recipients() -> list[int]:
    with db.reading():
        return sorted(session.scalars(select(Delivery.recipient_id)))


def test_nothing_leaves_before_it_is_due(house: Brand, rule: MakeRule, installation: Settings) -> None:
    register(house, 3)
    uid = rule()
    with clock.frozen(DUE - timedelta(seconds=1)):
        fire_rules(clock.now(), installation)
    assert outcomes(uid) == []
    with clock.frozen(DUE):
        fire_rules(clock.now(), installation)
    assert outcomes(uid) == [("sent", "")]
    assert len(recipients()) == 3


def test_a_pass_more_sends_nothing_more(house: Brand, rule: MakeRule, installation: Settings) -> None:
    register(house, 2)
    uid = rule()
    for minutes in (0, 0, 5, 60):
        with clock.frozen(DUE + timedelta(minutes=minutes)):
            fire_rules(clock.now(), installation)
    assert outcomes(uid) == [("sent", "")]
    assert len(recipients()) == 2


def test_the_mail_says_why_and_leads_to_ones_own_page(house: Brand, rule: MakeRule, installation: Settings) -> None:
    """No list: no way to leave one, and the basis is the registration."""
    register(house, 1, language="fr")
    rule()
    with clock.frozen(DUE), on_duty(installation) as postman:
        fire_rules(clock.now(), installation)
        postman.deliver(Stream.URGENT)
        (mail,) = postman.mails
    assert mail["Subject"] == "Reminder fr"
    assert "List-Unsubscribe" not in mail
    assert "Partenaires" in text_of(mail)
    assert "/g/" in text_of(mail)
    with db.reading():
        row = session.scalars(select(Delivery)).one()
        assert (row.basis_kind, row.basis_id is not None) == (BasisKind.REGISTRATION, True)


def test_groups_get_their_own(house: Brand, rule: MakeRule, installation: Settings) -> None:
    """Only those who take part online get what goes to them."""
    register(house, 2)
    online = register(house, 1, attendance=Attendance.ONLINE)
    rule("Link", Offset(minutes=-120), group="online")
    with clock.frozen(START - timedelta(hours=2)):
        fire_rules(clock.now(), installation)
    assert recipients() == sorted(online)


def test_whoever_registers_later_is_in_what_comes_later(house: Brand, rule: MakeRule, installation: Settings) -> None:
    """Who gets it is asked when it is due."""
    uid = rule()
    late = register(house, 1)
    with clock.frozen(DUE):
        fire_rules(clock.now(), installation)
    assert recipients() == late
    register(house, 1)
    with clock.frozen(DUE + timedelta(hours=1)):
        fire_rules(clock.now(), installation)
    assert recipients() == late
    assert outcomes(uid) == [("sent", "")]


def test_nobody_there_is_missed(house: Brand, rule: MakeRule) -> None:
    uid = rule()
    with clock.frozen(DUE):
        assert fire_due(clock.now()) == 1
    assert outcomes(uid) == [("missed", "nobody")]


@pytest.mark.parametrize(("late", "outcome"), [(12 * 60, ("sent", "")), (12 * 60 + 1, ("missed", "late"))])
def test_within_its_limit_it_is_sent_late(house: Brand, rule: MakeRule, late: int, outcome: tuple[str, str]) -> None:
    """The service was off: past the limit it is missed, never sent late."""
    register(house, 1)
    uid = rule()
    with clock.frozen(DUE + timedelta(minutes=late)):
        fire_due(clock.now())
    assert outcomes(uid) == [outcome]


def test_what_was_to_come_before_does_not_come_after(house: Brand, rule: MakeRule) -> None:
    register(house, 1)
    uid = rule(lateness=3 * 24 * 60)
    with clock.frozen(START):
        fire_due(clock.now())
    assert outcomes(uid) == [("missed", "passed")]


def test_only_the_latest_step_is_sent(house: Brand, rule: MakeRule) -> None:
    """Two steps are due at once: the earlier one is missed, because the later one overtakes it."""
    register(house, 1)
    week = rule("Week", Offset(days=-7, at_time=DUE.time().replace(hour=10)), lateness=30 * 24 * 60)
    day = rule("Day", lateness=30 * 24 * 60)
    with clock.frozen(DUE + timedelta(hours=1)):
        fire_due(clock.now())
    assert outcomes(week) == [("missed", "overtaken")]
    assert outcomes(day) == [("sent", "")]


def test_steps_of_other_people_do_not_overtake(house: Brand, rule: MakeRule) -> None:
    register(house, 1)
    register(house, 1, attendance=Attendance.ONLINE)
    room, online = rule("Room", group="room"), rule("Online", Offset(minutes=-33 * 60), group="online", lateness=1440)
    with clock.frozen(DUE + timedelta(minutes=10)):
        fire_due(clock.now())
    assert outcomes(room) == outcomes(online) == [("sent", "")]


def test_a_rule_that_is_off_sends_nothing(house: Brand, rule: MakeRule) -> None:
    register(house, 1)
    uid = rule(armed=False)
    with clock.frozen(DUE):
        assert fire_due(clock.now()) == 0
    assert outcomes(uid) == []


def test_thanks_for_a_past_event_need_a_press_on_the_number(house: Brand, rule: MakeRule) -> None:
    """Switched on after the fact it would mail at once: only for as many people as somebody saw."""
    register(house, 2)
    after = START + timedelta(days=3)
    uid = rule("Thanks", Offset(days=1, at_time=DUE.time().replace(hour=10)), moment="end", lateness=9999, armed=False)
    with clock.frozen(after):
        for pressed in (None, 1):
            with db.writing(), pytest.raises(Conflict, match="2 people"):
                service.arm(queries.rule_by_uid(house.id, uid), thing(house), pressed)
        with db.writing():
            service.arm(queries.rule_by_uid(house.id, uid), thing(house), 2)
    with clock.frozen(after):
        fire_due(clock.now())
    assert outcomes(uid) == [("sent", "")]


def test_a_cancelled_event_fires_nothing(house: Brand, rule: MakeRule) -> None:
    register(house, 1)
    uid = rule()
    with db.writing(), clock.frozen(DUE - timedelta(days=1)):
        events.cancel(the_event(house), {"en": "Ill"})
    with clock.frozen(DUE):
        assert fire_due(clock.now()) == 0
    assert outcomes(uid) == []


def test_a_rule_with_an_error_cannot_be_switched_on(house: Brand, rule: MakeRule) -> None:
    """Its words are checked as a mailing's are; that nobody is registered yet is no error."""
    uid = rule(armed=False)
    with db.writing():
        row = queries.rule_by_uid(house.id, uid)
        template = queries.template_of(row)
        template.content = {**template.content, "fr": {"subject": "", "preheader": "", "blocks": []}}
    with db.writing():
        row = queries.rule_by_uid(house.id, uid)
        with pytest.raises(Refused, match="subject"):
            service.arm(row, thing(house))
        assert row.armed_at is None


def test_two_clocks_fire_each_occurrence_once(house: Brand, rule: MakeRule) -> None:
    """Both find it due; one waits for the other and finds it done."""
    register(house, 1)
    uid = rule()
    with clock.frozen(DUE):
        threads = [threading.Thread(target=fire_due, args=(DUE,)) for _ in range(4)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    assert outcomes(uid) == [("sent", "")]
    with db.reading():
        assert [row.state for row in session.scalars(select(Occurrence))] == [OccurrenceState.SENT]


def test_leaving_the_event_ends_what_waits(house: Brand, rule: MakeRule, installation: Settings) -> None:
    """A reminder is in the ledger and has not left: whoever takes back their registration does not get it."""

    people = register(house, 2)
    rule()
    with clock.frozen(DUE):
        fire_rules(clock.now(), installation)
        with db.writing():
            row = session.scalars(select(Registration).where(Registration.recipient_id == people[0])).one()
            registrations.leave(row, the_event(house))
    with db.reading():
        found = session.execute(select(Delivery.recipient_id, Delivery.state).where(Delivery.basis_id.is_not(None)))
        assert {person: state.value for person, state in found} == {people[0]: "revoked", people[1]: "pending"}


def test_whoever_wants_no_reminders_gets_none(
    client: FlaskClient, house: Brand, rule: MakeRule, installation: Settings
) -> None:
    """By a button of their own page: what waits ends, nothing more comes, and of a change they are still told."""
    people = register(house, 2)
    rule("Day")
    rule("Hours", Offset(minutes=-120))
    with clock.frozen(DUE):
        fire_rules(clock.now(), installation)
        with db.reading():
            number = session.scalars(select(Registration.id).where(Registration.recipient_id == people[0])).one()
        link = token_url(OWN, number).removeprefix(absolute(""))
        assert "No more reminders" in client.get(link).text
        press(client, link, press="quiet")
        assert "You get no reminders about this event" in client.get(link).text
    with clock.frozen(START - timedelta(hours=2)):
        fire_rules(clock.now(), installation)
    with db.writing(), clock.frozen(START - timedelta(hours=1)):
        events.cancel(the_event(house), {})
    with db.reading():
        found = session.execute(select(Delivery.recipient_id, Delivery.state).where(Delivery.recipient_id == people[0]))
        assert [state.value for _person, state in found] == ["revoked", "pending"]


def test_a_launch_that_was_given_up_says_so_and_keeps_its_history(
    house: Brand, rule: MakeRule, installation: Settings
) -> None:
    """The words got an error after they were switched on: nothing leaves, the rule says why, the draft stays."""
    register(house, 1)
    uid = rule()
    with db.writing():
        template = queries.template_of(queries.rule_by_uid(house.id, uid))
        template.content = {**template.content, "fr": {"subject": "", "preheader": "", "blocks": []}}
    with clock.frozen(DUE):
        fire_rules(clock.now(), installation)
    with db.writing():
        (one,) = queries.past(house.id, DUE - timedelta(days=1))
        assert "subject is empty" in showing.outcome_of(one)
        assert one.mailing is not None
        with pytest.raises(Conflict, match="history"):
            delete_draft(one.mailing)
    assert recipients() == []


def test_a_pass_of_the_clock_asks_as_often_for_many_events_as_for_one(house: Brand, lecture: str) -> None:
    """Rules of events that are over stay: years of them must not slow every pass."""

    def statements() -> int:
        with clock.frozen(DUE - timedelta(days=40)), planning() as plans:
            fire_due(clock.now())
        return len(plans)

    add_events(house, 1)
    few = statements()
    add_events(house, 6)
    assert statements() == few


def add_events(house: Brand, number: int) -> None:
    """Published events with an armed rule each."""
    text = read_version({"subject": "R", "preheader": "", "blocks": [{"type": "text", "markdown": "Hello."}]}, "en")
    with db.writing(), clock.frozen(LONG_BEFORE):
        for _each in range(number):
            row = create_event(
                house.id, f"e-{new_uid()}", Facts({"en": "A lecture"}), timed(house.timezone, wall(2018, 5, 14, 19))
            )
            publish(row)
            found = feature.anchored(house.id, f"event:{row.uid}")
            assert found is not None
            people = Audience(house.id, group=f"{found.ref}:registered")
            facts = service.RuleFacts("R", "start", Offset(minutes=-60), people)
            made = service.create_rule(found, facts, MailingText("R", SenderText(), {"en": text}))
            made.armed_at = clock.now()
