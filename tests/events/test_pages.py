"""From the first draft to a cancelled event, as staff and visitors see it."""

from __future__ import annotations

import json
import re

import icalendar
import pytest
from flask.testing import FlaskClient

from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.events.models import EventStatus
from mobilize.events.queries import agenda, event_by_slug
from mobilize.organisations.models import Organisation
from mobilize.organisations.queries import Brand
from tests.events.changing import change_event
from tests.events.conftest import AFTER, BEFORE
from tests.signup.visiting import hidden, press

STAFF = "/studio/centre/calendar"
PUBLIC = "/centre/events"
MOMENT = {
    "first_day": "2018-05-14",
    "start": "19:00",
    "last_day": "",
    "end": "21:00",
    "timezone": "Europe/Amsterdam",
}
LECTURE = {"slug": "partners", "titles_en": "Partners under Pressure", "attendance": "venue", **MOMENT}


def page(client: FlaskClient, path: str, language: str = "en") -> str:
    answer = client.get(path, headers={"Accept-Language": language})
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def submit(client: FlaskClient, here: str, path: str) -> None:
    """Press a button of a page that posts to another path."""
    assert client.post(path, data={"form_token": hidden(page(client, here), "form_token")}).status_code == 303


def structured(text: str) -> dict[str, object]:
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    data: dict[str, object] = json.loads(found[1])
    return data


def calendar_event(client: FlaskClient, path: str = f"{PUBLIC}/partners.ics") -> icalendar.Event:
    answer = client.get(path)
    assert answer.content_type == "text/calendar; charset=utf-8"
    (found,) = icalendar.Calendar.from_ical(answer.data).walk("VEVENT")
    return found  # type: ignore[no-any-return]


def test_a_draft_is_for_staff_until_it_is_published(campaigner: FlaskClient, client: FlaskClient, house: Brand) -> None:
    assert press(campaigner, f"{STAFF}/new", **LECTURE).headers["Location"].endswith("/calendar/partners")
    assert client.get(f"{PUBLIC}/partners").status_code == 404
    assert client.get(f"{PUBLIC}/partners.ics").status_code == 404
    assert "Partners under Pressure" not in page(client, PUBLIC)
    assert "Draft" in page(campaigner, STAFF)
    submit(campaigner, f"{STAFF}/partners", f"{STAFF}/partners/publish")
    shown = page(client, f"{PUBLIC}/partners")
    assert "Monday 14 May 2018, 19:00 – 21:00 (Amsterdam)" in shown
    assert "Partners under Pressure" in page(client, PUBLIC)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"titles_en": ""}, "Fill this in"),
        ({"slug": "No Slug"}, "Use lower-case letters"),
        ({"end": "18:00"}, "The end has to be after the start"),
        ({"first_day": ""}, "Choose the first day"),
        ({"start": ""}, "Choose when it starts"),
        ({"last_day": "2018-05-15", "end": ""}, "Choose when it ends"),
        ({"first_day": "2018-03-25", "start": "02:30", "end": ""}, "there is no such time"),
        ({"timezone": "Mars/Olympus"}, "Choose a time zone"),
        ({"attendance": "moon"}, "Not a valid choice"),
        ({"first_day": "14 May"}, "Not a valid date value"),
        ({"texts_en": "[" * 2000}, "square brackets"),
        ({"titles_fr": "a\u202eb"}, "invisible control characters"),
    ],
)
def test_what_cannot_be_meant_is_refused_beside_its_field(
    campaigner: FlaskClient, house: Brand, typed: dict[str, str], words: str
) -> None:
    answer = press(campaigner, f"{STAFF}/new", **{**LECTURE, **typed})
    assert answer.status_code == 422
    assert words in answer.get_data(as_text=True)
    assert "No event yet" in page(campaigner, STAFF)


def test_a_short_name_is_taken_once(campaigner: FlaskClient, lecture: str) -> None:
    answer = press(campaigner, f"{STAFF}/new", **LECTURE)
    assert answer.status_code == 422
    assert "with this short name already" in answer.get_data(as_text=True)


def test_a_page_speaks_the_readers_language(client: FlaskClient, lecture: str) -> None:
    shown = page(client, f"{PUBLIC}/{lecture}", "fr")
    assert "Partenaires sous pression" in shown
    assert "lundi 14 mai 2018" in shown
    assert "<strong>register</strong>" in shown
    assert str(calendar_event(client, f"{PUBLIC}/{lecture}.ics?lang=fr")["summary"]) == "Partenaires sous pression"


def test_a_published_moment_changes_only_by_moving(campaigner: FlaskClient, house: Brand, lecture: str) -> None:
    """The fields of the form are not shown any more; a program that sends them changes nothing."""
    press(campaigner, f"{STAFF}/{lecture}", **{**LECTURE, "start": "20:00"})
    with db.reading():
        assert event_by_slug(house.id, lecture).starts_at == BEFORE.replace(day=14, hour=17)


def test_moving_shows_the_old_date_above_the_new(campaigner: FlaskClient, client: FlaskClient, lecture: str) -> None:
    before = calendar_event(client)
    with clock.frozen(BEFORE):
        moved = {**MOMENT, "first_day": "2018-05-16", "reasons_en": "The room is closed."}
        change_event(campaigner, f"{STAFF}/{lecture}/becomes/moved", **moved)
        shown = page(client, f"{PUBLIC}/{lecture}")
    assert "This event has a new date." in shown
    assert "It was to take place on Monday 14 May 2018, 19:00 – 21:00 (Amsterdam). The room is closed." in shown
    assert "Wednesday 16 May 2018" in shown
    data = structured(shown)
    assert data["eventStatus"] == "https://schema.org/EventRescheduled"
    assert (data["previousStartDate"], data["startDate"]) == ("2018-05-14T19:00:00+02:00", "2018-05-16T19:00:00+02:00")
    after = calendar_event(client)
    assert (after["uid"], after["sequence"]) == (before["uid"], before["sequence"] + 1)
    assert after["dtstart"].dt.day == 16


def test_postponing_keeps_the_old_date_and_a_later_move_names_it(
    campaigner: FlaskClient, client: FlaskClient, lecture: str
) -> None:
    with clock.frozen(BEFORE):
        change_event(campaigner, f"{STAFF}/{lecture}/becomes/postponed")
    with clock.frozen(AFTER):
        shown = page(client, f"{PUBLIC}/{lecture}")
        assert "This event is postponed." in shown
        assert "This event is over" not in shown
        assert structured(shown)["startDate"] == "2018-05-14T19:00:00+02:00"
        assert calendar_event(client)["status"] == "CANCELLED"
        change_event(campaigner, f"{STAFF}/{lecture}/becomes/moved", **{**MOMENT, "first_day": "2018-06-01"})
        again = page(client, f"{PUBLIC}/{lecture}")
        assert "It was to take place on Monday 14 May 2018" in again
        assert calendar_event(client)["status"] == "CONFIRMED"


def test_online_keeps_the_date(campaigner: FlaskClient, client: FlaskClient, lecture: str) -> None:
    with clock.frozen(BEFORE):
        change_event(campaigner, f"{STAFF}/{lecture}/becomes/online")
        shown = page(client, f"{PUBLIC}/{lecture}")
    assert "This event takes place online." in shown
    data = structured(shown)
    assert data["eventAttendanceMode"] == "https://schema.org/OnlineEventAttendanceMode"
    assert data["location"] == {"@type": "VirtualLocation", "url": "http://127.0.0.1:8000/centre/events/partners"}
    assert str(calendar_event(client)["location"]) == "Online"


def test_cancelling_is_said_above_the_text_and_is_final(
    campaigner: FlaskClient, client: FlaskClient, house: Brand, lecture: str
) -> None:
    with clock.frozen(BEFORE):
        asked = page(campaigner, f"{STAFF}/{lecture}/becomes/cancelled")
        assert "This cannot be undone." in asked
        change_event(campaigner, f"{STAFF}/{lecture}/becomes/cancelled", reasons_en="Unforeseen circumstances.")
        again = change_event(campaigner, f"{STAFF}/{lecture}/becomes/moved", **{**MOMENT, "first_day": "2018-05-16"})
        assert (again.status_code, "This event is cancelled" in again.text) == (422, True)
        shown = page(client, f"{PUBLIC}/{lecture}")
    assert shown.index("This event is cancelled.") < shown.index("Please <strong>register</strong>")
    assert "Unforeseen circumstances." in shown
    assert structured(shown)["eventStatus"] == "https://schema.org/EventCancelled"
    event = calendar_event(client)
    assert (event["status"], event["sequence"]) == ("CANCELLED", 1)
    assert str(event["summary"]) == "Cancelled: Partners under Pressure"
    with db.reading():
        assert event_by_slug(house.id, lecture).status is EventStatus.CANCELLED


def test_over_is_derived(campaigner: FlaskClient, client: FlaskClient, lecture: str) -> None:
    with clock.frozen(BEFORE):
        assert "over" not in page(client, f"{PUBLIC}/{lecture}")
    with clock.frozen(AFTER):
        assert "This event is over." in page(client, f"{PUBLIC}/{lecture}")
        refused = change_event(campaigner, f"{STAFF}/{lecture}/becomes/cancelled")
        assert (refused.status_code, "This event is over" in refused.text) == (422, True)


def test_a_language_that_is_not_offered_any_more_keeps_its_texts(
    campaigner: FlaskClient, house: Brand, lecture: str
) -> None:
    with db.writing():
        session.get_one(Organisation, house.id).languages = ["en", "nl"]
    press(campaigner, f"{STAFF}/{lecture}", **{**LECTURE, "titles_nl": "Partners onder druk"})
    with db.reading():
        assert event_by_slug(house.id, lecture).titles == {
            "en": "Partners under Pressure",
            "fr": "Partenaires sous pression",
            "nl": "Partners onder druk",
        }


def test_a_cancelled_event_whose_date_is_past_says_both(
    campaigner: FlaskClient, client: FlaskClient, lecture: str
) -> None:
    with clock.frozen(BEFORE):
        assert "Add to your calendar" in page(client, f"{PUBLIC}/{lecture}")
        change_event(campaigner, f"{STAFF}/{lecture}/becomes/cancelled", reasons_en="Unforeseen circumstances.")
    with clock.frozen(AFTER):
        shown = page(client, f"{PUBLIC}/{lecture}")
        assert "Unforeseen circumstances. Its date is past." in shown
        assert "Add to your calendar" not in shown


def test_a_programme_is_ordered_by_hand(
    campaigner: FlaskClient, client: FlaskClient, house: Brand, lecture: str
) -> None:
    programme = f"{STAFF}/{lecture}/programme"
    for title, start in (("Reception", "20:45"), ("Welcome", "19:00")):
        press(campaigner, f"{programme}/new", titles_en=title, start=start)
    with db.reading():
        reception = agenda(event_by_slug(house.id, lecture).id)[0].uid
    submit(campaigner, programme, f"{programme}/{reception}/down")
    shown = page(client, f"{PUBLIC}/{lecture}")
    assert shown.index("Welcome") < shown.index("Reception")
    submit(campaigner, programme, f"{programme}/{reception}/remove")
    assert "Reception" not in page(client, f"{PUBLIC}/{lecture}")


def test_a_feed_holds_every_dated_event(client: FlaskClient, house: Brand, lecture: str) -> None:
    answer = client.get(f"{PUBLIC}.ics", headers={"Accept-Language": "en"})
    found = icalendar.Calendar.from_ical(answer.data)
    assert [str(one["summary"]) for one in found.walk("VEVENT")] == ["Partners under Pressure"]
    assert str(found["x-wr-calname"]) == "Events of The Centre"


def test_a_month_shows_its_days(campaigner: FlaskClient, client: FlaskClient, lecture: str) -> None:
    shown = page(client, f"{PUBLIC}/month?month=2018-05")
    assert "May 2018" in shown
    assert f'href="{PUBLIC}/partners"' in shown
    assert "19:00 Partners under Pressure" in shown
    assert "Partners" not in page(client, f"{PUBLIC}/month?month=2018-07")
    for odd in ("2018-13", "x", "0000-01", "2018-05-01", "٢٠١٨-٠٥"):
        assert "<table" in page(client, f"{PUBLIC}/month?month={odd}")
    assert f'href="{STAFF}/partners"' in page(campaigner, f"{STAFF}/month?month=2018-05")


def test_another_houses_events_are_not_found(campaigner: FlaskClient, lecture: str, client: FlaskClient) -> None:
    with db.writing():
        from tests.factories import make_organisation  # noqa: PLC0415

        make_organisation(slug="other")
    assert client.get("/other/events/partners").status_code == 404
    assert "Partners" not in page(client, "/other/events")


def test_a_draft_can_be_deleted_and_a_published_event_cannot(
    campaigner: FlaskClient, house: Brand, lecture: str
) -> None:
    press(campaigner, f"{STAFF}/new", **{**LECTURE, "slug": "second"})
    assert press(campaigner, f"{STAFF}/second/delete").status_code == 303
    assert campaigner.get(f"{STAFF}/second").status_code == 404
    assert press(campaigner, f"{STAFF}/{lecture}/delete").status_code == 409
    assert campaigner.get(f"{STAFF}/{lecture}").status_code == 200
