"""Who speaks at a point of a programme: typed, ordered, shown on the page, in mailings and to search engines."""

from __future__ import annotations

import json

import lxml.html
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.core.errors import Conflict
from mobilize.core.feature import Freezing
from mobilize.core.when import unknown
from mobilize.events import changes
from mobilize.events.models import AgendaPoint, Event, Speaker, SpeakerPart
from mobilize.events.queries import agenda, event_by_slug, speakers_of
from mobilize.events.service import Facts, Point, add_point, create_event, delete_draft, publish
from mobilize.events.speakers import SpeakerFacts, add_speaker
from mobilize.mailings.blocks import freeze, read_block
from mobilize.organisations.queries import Brand
from tests.events.conftest import BEFORE
from tests.signup.visiting import hidden, press

STAFF, PUBLIC = "/studio/centre/calendar/partners/programme", "/centre/events/partners"
AMINA = {"part": "moderator", "names_en": "Amina Benali", "functions_en": "director", "organisations_en": "ACODEV"}


@pytest.fixture
def panel(house: Brand, lecture: str) -> str:
    """The uid of a panel in a room of the lecture's programme."""
    with db.writing():
        return add_point(
            event_by_slug(house.id, lecture), Point({"en": "Panel"}, unknown(house.timezone), room="Hemicycle")
        ).uid


def seen(client: FlaskClient, path: str) -> str:
    return client.get(path, headers={"Accept-Language": "en"}).text


def speaking(house: Brand) -> list[Speaker]:
    with db.reading():
        points = agenda(event_by_slug(house.id, "partners").id)
        found = [one for row in speakers_of(points).values() for one in row]
        session.expunge_all()
        return found


def data_of(page: str) -> dict[str, object]:
    """The page's data for search engines."""
    (script,) = lxml.html.document_fromstring(page).xpath("//script[@type='application/ld+json']")
    found: dict[str, object] = json.loads(script.text)
    return found


def test_a_session_has_speakers_a_moderator_and_a_room(
    campaigner: FlaskClient, client: FlaskClient, house: Brand, panel: str
) -> None:
    """A person with function and organisation, and an organisation whose delegate is not named."""
    assert press(campaigner, f"{STAFF}/{panel}/speakers/new", **AMINA).status_code == 303
    press(campaigner, f"{STAFF}/{panel}/speakers/new", part="panellist", organisations_en="Commune of Anderlecht")
    page = seen(client, PUBLIC)
    for words in ("Hemicycle", "Amina Benali, director, ACODEV (Moderator)", "Commune of Anderlecht (Panellist)"):
        assert words in page
    performers = data_of(page)["performer"]
    assert performers == [
        {
            "@type": "Person",
            "name": "Amina Benali",
            "jobTitle": "director",
            "affiliation": {"@type": "Organization", "name": "ACODEV"},
        },
        {"@type": "Organization", "name": "Commune of Anderlecht"},
    ]
    assert "Amina Benali, director, ACODEV (Moderator)" in seen(campaigner, f"{STAFF}/{panel}")
    assert "Commune of Anderlecht (Panellist)" in seen(campaigner, STAFF)


def test_each_is_told_in_the_readers_language(client: FlaskClient, house: Brand, panel: str) -> None:
    with db.writing():
        row = event_by_slug(house.id, "partners")
        point = agenda(row.id)[0]
        add_speaker(row, point, SpeakerFacts({"en": "Amina Benali"}, {"en": "director", "fr": "directrice"}))
    french = client.get(PUBLIC, headers={"Accept-Language": "fr"}).text
    assert "Amina Benali, directrice" in french
    assert "director" not in french


def test_nobody_is_neither_a_person_nor_an_organisation(campaigner: FlaskClient, house: Brand, panel: str) -> None:
    """Refused beside the field, with what was typed kept; a part that is none is refused too."""
    answer = press(campaigner, f"{STAFF}/{panel}/speakers/new", part="speaker", functions_en="director")
    assert (answer.status_code, "Write a name, or the organisation" in answer.text) == (422, True)
    assert 'value="director"' in answer.text
    assert press(campaigner, f"{STAFF}/{panel}/speakers/new", **{**AMINA, "part": "king"}).status_code == 422
    assert press(campaigner, f"{STAFF}/{panel}/speakers/new", **{**AMINA, "names_en": "x" * 201}).status_code == 422
    assert speaking(house) == []


def test_they_are_changed_ordered_and_taken_off(campaigner: FlaskClient, house: Brand, panel: str) -> None:
    for name in ("First", "Second"):
        press(campaigner, f"{STAFF}/{panel}/speakers/new", part="speaker", names_en=name)
    first, second = speaking(house)
    press(campaigner, f"{STAFF}/{panel}/speakers/{first.uid}", part="moderator", names_en="Chair", functions_en="")
    assert (speaking(house)[0].names, speaking(house)[0].part) == ({"en": "Chair"}, SpeakerPart.MODERATOR)
    token = {"form_token": hidden(campaigner.get(f"{STAFF}/{panel}").text, "form_token")}
    for what, left in (("down", [second.uid, first.uid]), ("down", [second.uid, first.uid]), ("up", None)):
        campaigner.post(f"{STAFF}/{panel}/speakers/{first.uid}/{what}", data=token)
        assert [one.uid for one in speaking(house)] == (left or [first.uid, second.uid])
    campaigner.post(f"{STAFF}/{panel}/speakers/{first.uid}/remove", data=token)
    assert [one.uid for one in speaking(house)] == [second.uid]


def test_somebody_of_another_point_is_not_found(campaigner: FlaskClient, house: Brand, panel: str) -> None:
    with db.writing():
        row = event_by_slug(house.id, "partners")
        other = add_point(row, Point({"en": "Lunch"}, unknown(house.timezone)))
        elsewhere = add_speaker(row, other, SpeakerFacts({"en": "Somebody"})).uid
    assert campaigner.get(f"{STAFF}/{panel}/speakers/{elsewhere}").status_code == 404


def test_mailings_show_who_speaks_now(house: Brand, panel: str) -> None:
    """Each change raises the version of the event, so that a mailing that waits is held or composed anew."""
    with db.writing():
        row = event_by_slug(house.id, "partners")
        before = row.version
        add_speaker(row, agenda(row.id)[0], SpeakerFacts({"en": "Amina Benali"}, part=SpeakerPart.MODERATOR))
        assert row.version > before
    with db.reading():
        block = read_block({"type": "agenda", "event": row.uid}, "blocks[0]")
        found = freeze(block, Freezing(house.id, "en", BEFORE, ""))
    assert found.fields["items"][0]["speakers"] == "Amina Benali (Moderator)"


def test_a_cancelled_event_keeps_its_programme(house: Brand, panel: str) -> None:
    with db.writing(), clock.frozen(BEFORE):
        row = event_by_slug(house.id, "partners")
        changes.cancel(row, {"en": "Ill."})
    with db.writing():
        row = event_by_slug(house.id, "partners")
        point = agenda(row.id)[0]
        with pytest.raises(Conflict, match="cancelled"):
            add_speaker(row, point, SpeakerFacts({"en": "Late"}))


def test_a_deleted_draft_or_point_takes_its_speakers(campaigner: FlaskClient, house: Brand, panel: str) -> None:
    with db.writing():
        row = create_event(house.id, "draft", Facts({"en": "Draft"}), unknown(house.timezone))
        add_speaker(row, add_point(row, Point({"en": "Talk"}, unknown(house.timezone))), SpeakerFacts({"en": "One"}))
        delete_draft(row)
        assert session.scalars(select(Speaker)).all() == []
        add_speaker(event_by_slug(house.id, "partners"), agenda(event_by_slug(house.id, "partners").id)[0],
                    SpeakerFacts({"en": "Two"}))  # fmt: skip
    token = {"form_token": hidden(campaigner.get(STAFF).text, "form_token")}
    campaigner.post(f"{STAFF}/{panel}/remove", data=token)
    with db.reading():
        assert session.scalars(select(AgendaPoint)).all() == []
        assert session.scalars(select(Speaker)).all() == []


def test_an_all_day_event_without_times_shows_its_sessions(client: FlaskClient, house: Brand) -> None:
    """Sessions without times have no time on the page, and no line that says whose clock they follow."""
    with db.writing():
        row: Event = create_event(house.id, "open", Facts({"en": "Open day"}), unknown(house.timezone))
        add_point(row, Point({"en": "Tour"}, unknown(house.timezone)))
        publish(row)
    page = seen(client, "/centre/events/open")
    assert "Tour" in page
    assert "<time" not in page.partition("<h3>Tour")[0].rpartition("<ol")[2]
