"""What goes out as an agenda, a month and a feed; a change of the moment begins there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import icalendar
import pytest
import vobject
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from mobilize.accounts.colleagues import change_role
from mobilize.accounts.models import Membership, User
from mobilize.accounts.sessions import start_session
from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.core.logs import scrub
from mobilize.core.permissions import Role
from mobilize.core.tokens import mint
from mobilize.organisations.queries import Brand
from mobilize.schedules.firing import fire_due
from mobilize.schedules.models import CalendarLink
from mobilize.schedules.offsets import Offset
from mobilize.schedules.purposes import FEED
from tests.schedules.conftest import LONG_BEFORE, MakeRule, register
from tests.signup.visiting import hidden
from tests.staff import COOKIE, sign_in

AGENDA = "/studio/centre/rules"
DUE = datetime(2018, 5, 13, 8, tzinfo=UTC)
"""The day before at 10:00 in Amsterdam."""


class Colleague(FlaskClient):
    """A browser whose session began a moment ago, whatever the clock shows."""

    user_id = 0

    def as_at(self, moment: datetime) -> None:
        with db.writing():
            self.set_cookie(COOKIE, start_session(self.user_id, moment))


def colleague(app: Flask, house: Brand, role: Role) -> Colleague:
    client = Colleague(app, app.response_class, use_cookies=True)
    with db.writing(), clock.frozen(LONG_BEFORE):
        sign_in(house.id, role)
        wanted = select(Membership.user_id).where(Membership.role == role)
        client.user_id = session.scalars(wanted).one()
    return client


@pytest.fixture
def campaigner(app: Flask, house: Brand, lecture: str) -> Colleague:
    assert lecture
    return colleague(app, house, Role.CAMPAIGNER)


def at(moment: datetime, client: Colleague, path: str, **fields: str) -> str:
    """A page as it is at a moment; with ``fields``, what the press of its button shows."""
    with clock.frozen(moment):
        client.as_at(moment)
        page = client.get(path).text
        if not fields:
            return page
        action = fields.pop("action")
        data = {"form_token": hidden(page, "form_token"), **fields}
        return client.post(action, data=data, follow_redirects=True).text


def names(page: str) -> list[str]:
    """What links of the month are called by whoever hears them, without markup."""
    found = [part.split("</a>")[0].split(">", 1)[1] for part in page.split('class="month-entry')[1:]]
    return [one.replace('<span class="visually-hidden">', "").replace("</span>", "") for one in found]


def test_an_item_of_the_month_is_called_by_weekday_date_zone_and_state(
    campaigner: Colleague, rule: MakeRule, house: Brand
) -> None:
    """Planned at first; afterwards what became of it."""
    rule()
    page = at(LONG_BEFORE, campaigner, f"{AGENDA}/month?month=2018-05")
    assert names(page) == ["Sunday 13 May 2018, Amsterdam: 10:00 Reminder, Planned"]
    assert "/becomes/moved" in page
    with clock.frozen(DUE):
        fire_due(DUE)
    page = at(DUE + timedelta(hours=1), campaigner, f"{AGENDA}/month?month=2018-05")
    assert names(page) == ["Sunday 13 May 2018, Amsterdam: 10:00 Reminder, Not sent"]
    assert "there was nobody to mail" in page
    assert "/becomes/moved" not in page
    assert "there was nobody to mail" in at(DUE + timedelta(hours=1), campaigner, AGENDA)


def test_what_was_sent_stays_in_its_month(campaigner: Colleague, rule: MakeRule, house: Brand) -> None:
    rule()
    register(house, 2)
    with clock.frozen(DUE):
        fire_due(DUE)
    page = at(DUE + timedelta(hours=1), campaigner, f"{AGENDA}/month?month=2018-05")
    assert names(page) == ["Sunday 13 May 2018, Amsterdam: 10:00 Reminder: Partners, Sent"]
    other = at(DUE, campaigner, f"{AGENDA}/month?month=2018-07")
    assert names(other) == []
    assert "Nothing goes out in these weeks" in other


def test_the_agenda_is_in_the_order_of_time_and_leads_to_the_change(campaigner: Colleague, rule: MakeRule) -> None:
    rule("Last call", Offset(minutes=-120))
    rule("Reminder")
    page = at(LONG_BEFORE, campaigner, AGENDA)
    assert page.index(">Reminder<") < page.index(">Last call<")
    assert 'Reminder<span class="visually-hidden">, Sun 13 May 2018, 10:00 (Amsterdam), Planned</span>' in page
    assert "/studio/centre/calendar/partners/becomes/moved" in page


def test_a_viewer_reads_and_is_offered_no_change(app: Flask, house: Brand, rule: MakeRule) -> None:
    rule()
    viewer = colleague(app, house, Role.VIEWER)
    page = at(LONG_BEFORE, viewer, f"{AGENDA}/month?month=2018-05")
    assert len(names(page)) == 1
    assert "/becomes/" not in page
    assert f"{AGENDA}/feed" not in page
    with clock.frozen(LONG_BEFORE):
        assert viewer.get(f"{AGENDA}/feed").status_code == 403


@pytest.mark.parametrize("asked", ["", "2018-13", "0000-01", "9999-99", "x"])
def test_a_month_that_is_none_is_the_present_one(campaigner: Colleague, asked: str) -> None:
    assert "April 2018" in at(LONG_BEFORE, campaigner, f"{AGENDA}/month?month={asked}")


def make_link(campaigner: Colleague) -> str:
    """The path of the feed, as the page shows it."""
    page = at(LONG_BEFORE, campaigner, f"{AGENDA}/feed", action=f"{AGENDA}/feed")
    return "/outgoing/" + page.split("/outgoing/")[1].split("<")[0]


def read(client: FlaskClient, path: str, now: datetime = LONG_BEFORE) -> bytes:
    with clock.frozen(now):
        answer = client.get(path)
    assert (answer.status_code, answer.content_type) == (200, "text/calendar; charset=utf-8")
    return answer.data


def test_the_feed_publishes_what_goes_out_and_names_nobody(
    campaigner: Colleague, client: FlaskClient, rule: MakeRule, house: Brand
) -> None:
    """Read back by two libraries; what was not sent stays, cancelled, under the same UID."""
    rule()
    path = make_link(campaigner)
    data = read(client, path)
    found = icalendar.Calendar.from_ical(data)
    (planned,) = found.walk("VEVENT")
    assert str(found["METHOD"]) == "PUBLISH"
    assert str(planned["SUMMARY"]) == "Planned: Reminder"
    assert planned.decoded("DTSTART") == DUE
    assert str(planned["STATUS"]) == "CONFIRMED"
    assert b"ATTENDEE" not in data
    assert b"ORGANIZER" not in data
    other = vobject.readOne(data.decode())
    assert (other.vevent.uid.value, other.vevent.summary.value) == (str(planned["UID"]), "Planned: Reminder")
    with clock.frozen(DUE):
        fire_due(DUE)
    (missed,) = icalendar.Calendar.from_ical(read(client, path, DUE)).walk("VEVENT")
    assert (str(missed["UID"]), str(missed["STATUS"])) == (str(planned["UID"]), "CANCELLED")
    assert str(missed["SUMMARY"]) == "Not sent: Reminder"


def test_a_revoked_link_is_not_found_and_a_new_one_is_another(campaigner: Colleague, client: FlaskClient) -> None:
    """A second press makes no second link."""
    path = make_link(campaigner)
    assert make_link(campaigner) == path
    at(LONG_BEFORE, campaigner, f"{AGENDA}/feed", action=f"{AGENDA}/feed/revoke")
    assert client.get(path).status_code == 404
    assert make_link(campaigner) != path
    assert client.get(path).status_code == 404
    with db.reading():
        assert len(session.scalars(select(CalendarLink)).all()) == 2


def test_whoever_may_not_read_it_any_more_finds_nothing(
    campaigner: Colleague, client: FlaskClient, house: Brand
) -> None:
    path = make_link(campaigner)
    assert client.get(path).status_code == 200
    with db.writing():
        uid = session.scalars(select(User.uid).join(Membership, Membership.user_id == User.id)).one()
        change_role(house.id, uid, Role.VIEWER)
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("token", ["x", "A" * 40, None])
def test_a_forged_link_is_not_found(client: FlaskClient, house: Brand, token: str | None) -> None:
    made = token or mint(FEED, 999)
    assert client.get(f"/outgoing/{made}").status_code == 404


def test_no_log_holds_the_token(campaigner: Colleague) -> None:
    path = make_link(campaigner)
    assert scrub(f"GET {path} 200") == "GET /outgoing/[token] 200"
