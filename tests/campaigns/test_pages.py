"""A campaign from its first draft to its next edition, as staff and visitors see it."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from mobilize.audiences.audience import Audience
from mobilize.campaigns.queries import campaign_by_slug, campaign_of, items
from mobilize.core import db
from mobilize.core.permissions import Role
from mobilize.core.when import Precision, timed
from mobilize.events.models import Event
from mobilize.events.queries import agenda, event_by_slug, events
from mobilize.events.service import Facts, Point, add_point, create_event, publish
from mobilize.mailings.forms import parse_content_file
from mobilize.mailings.queries import newest_page
from mobilize.mailings.service import create_mailing
from mobilize.media.documents import traces_of
from mobilize.media.models import Traces
from mobilize.organisations.queries import Brand, brand
from tests.factories import make_organisation
from tests.signup.visiting import hidden, press
from tests.staff import COOKIE, sign_in

STAFF = "/studio/city/campaigns"
FORTNIGHT = {
    "slug": "fortnight-2024",
    "titles_en": "Fortnight of International Solidarity 2024",
    "titles_fr": "Quinzaine de la Solidarité internationale 2024",
    "themes_en": "Peacebuilding",
    "texts_en": "Debates, **concerts** and films.",
    "partners_en": "ACODEV\nCommune of Anderlecht",
    "languages": "fr",
    "budget": "150000",
    "currency": "eur",
    "countries": "CD, Morocco",
}
PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"


@pytest.fixture
def house(installation: object) -> Brand:
    with db.writing():
        return brand(make_organisation(slug="city", name="The City").id)


@pytest.fixture
def campaigner(app: Flask, house: Brand) -> FlaskClient:
    client = app.test_client()
    with db.writing():
        cookie = sign_in(house.id, Role.CAMPAIGNER)
    client.set_cookie(COOKIE, cookie)
    return client


@pytest.fixture
def fortnight(campaigner: FlaskClient) -> str:
    """The slug of a draft whose dates are not known."""
    assert press(campaigner, f"{STAFF}/new", **FORTNIGHT).status_code == 303
    return "fortnight-2024"


@pytest.fixture
def concert(house: Brand) -> Event:
    """A published event with a programme."""
    when = timed("Europe/Brussels", datetime(2024, 11, 20, 20, tzinfo=UTC).replace(tzinfo=None))
    with db.writing():
        facts = Facts({"en": "Concert"}, stream_url="https://stream.example.org/", venue_address="Grand-Place 1")
        row = create_event(house.id, "concert", facts, when)
        add_point(row, Point({"en": "Doors open"}, when))
        publish(row)
    return row


def page(client: FlaskClient, path: str, language: str = "en") -> str:
    answer = client.get(path, headers={"Accept-Language": language})
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def submit(client: FlaskClient, here: str, path: str, **fields: str) -> None:
    """Press a button of a page that posts to another path."""
    token = hidden(page(client, here), "form_token")
    assert client.post(path, data={"form_token": token, **fields}).status_code == 303


def add_file(client: FlaskClient, data: bytes, name: str = "Programme", file: str = "p.pdf") -> tuple[int, str]:
    path = f"{STAFF}/fortnight-2024/documents/new"
    token = hidden(page(client, path), "form_token")
    fields = {"form_token": token, "name": name, "language": "fr", "file": (io.BytesIO(data), file)}
    answer = client.post(path, data=fields, content_type="multipart/form-data", follow_redirects=True)
    return answer.status_code, answer.text


def test_the_public_list_shows_what_is_published(
    campaigner: FlaskClient, client: FlaskClient, fortnight: str, house: Brand
) -> None:
    """Drafts are staff's; what is over stands below."""
    assert "Fortnight" not in page(client, "/city/campaigns/")
    assert "No campaign is under way" in page(client, "/city/campaigns/")
    with db.writing():
        row = campaign_by_slug(house.id, fortnight)
        row.published_at = row.created_at
    shown = page(client, "/city/campaigns/", "fr")
    assert "Quinzaine de la Solidarité internationale 2024" in shown
    assert 'href="/city/campaigns/fortnight-2024' in shown
    assert "<h2>" not in shown
    with db.writing():
        row = campaign_by_slug(house.id, fortnight)
        row.precision, row.starts_at = Precision.DATE, datetime(2024, 11, 11, tzinfo=UTC)
    shown = page(client, "/city/campaigns/")
    assert shown.index("<h2>Over</h2>") < shown.index("Fortnight of International")


def test_a_draft_is_for_staff_until_it_is_published(
    campaigner: FlaskClient, client: FlaskClient, fortnight: str
) -> None:
    """Its dates may come later; budget and countries are shown in the reader's language."""
    shown = page(campaigner, f"{STAFF}/{fortnight}")
    for words in (
        "Draft",
        "Date to be announced",
        "Peacebuilding",
        "€150,000",
        "Congo - Kinshasa and Morocco",
        "French",
    ):
        assert words in shown
    assert client.get(f"/city/campaigns/{fortnight}").status_code == 404
    submit(campaigner, f"{STAFF}/{fortnight}", f"{STAFF}/{fortnight}/publish")
    public = page(client, f"/city/campaigns/{fortnight}", "fr")
    assert "Quinzaine de la Solidarité internationale 2024" in public
    assert "150 000 €" in public.replace("\u202f", " ").replace("\xa0", " ")
    assert "Maroc" in public
    assert "<strong>concerts</strong>" in public


def test_its_dates_arrive_later(campaigner: FlaskClient, house: Brand, fortnight: str) -> None:
    """Days, not times."""
    typed = {**FORTNIGHT, "first_day": "2024-11-18", "last_day": "2024-12-01"}
    assert press(campaigner, f"{STAFF}/{fortnight}/edit", **typed).status_code == 303
    with db.reading():
        row = campaign_by_slug(house.id, fortnight)
        assert row.precision is Precision.DATE
    assert "18 Nov" in page(campaigner, f"{STAFF}/{fortnight}")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"titles_en": ""}, "Fill this in"),
        ({"slug": "No Slug"}, "Use lower-case letters"),
        ({"last_day": "2024-12-01"}, "Choose the first day"),
        ({"first_day": "2024-12-02", "last_day": "2024-12-01"}, "The last day has to be"),
        ({"budget": "-3"}, "Choose from 1 to"),
        ({"budget": "a lot"}, "Not a valid integer"),
        ({"currency": "SOLIDI"}, "Write the code of a currency"),
        ({"countries": "Atlantis"}, "Atlantis is not a country we know"),
        ({"countries": "EU"}, "EU is not a country we know"),
        ({"languages": "tlh"}, "valid choice"),
        ({"texts_en": "[" * 2000}, "square brackets"),
    ],
)
def test_what_cannot_be_meant_is_refused_beside_its_field(
    campaigner: FlaskClient, house: Brand, typed: dict[str, str], words: str
) -> None:
    answer = press(campaigner, f"{STAFF}/new", **{**FORTNIGHT, **typed})
    assert (answer.status_code, words in answer.text) == (422, True)
    assert "No campaign yet" in page(campaigner, STAFF)


def test_a_short_name_is_taken_once(campaigner: FlaskClient, fortnight: str) -> None:
    answer = press(campaigner, f"{STAFF}/new", **FORTNIGHT)
    assert (answer.status_code, "short name already" in answer.text) == (422, True)


def test_events_and_mailings_stand_on_its_timeline(
    campaigner: FlaskClient, client: FlaskClient, house: Brand, fortnight: str, concert: Event
) -> None:
    """Each names its campaign on its own page; visitors see published events, and no mailing."""
    with db.writing():
        text = parse_content_file(
            json.dumps({"name": "Invitation", "languages": {"en": {"subject": "I", "blocks": []}}})
        )
        uid = create_mailing(Audience(house.id), text).uid
    event_page, mailing_page = "/studio/city/calendar/concert", f"/studio/city/mailings/{uid}/audience"
    submit(campaigner, event_page, f"{event_page}/campaign", campaign=fortnight)
    submit(campaigner, mailing_page, f"/studio/city/mailings/{uid}/campaign", campaign=fortnight)
    shown = page(campaigner, f"{STAFF}/{fortnight}")
    assert shown.index("Concert") < shown.index("Invitation")
    assert "Wed 20 Nov 2024, 20:00 (Brussels)" in shown
    assert "Mailing, a draft" in shown
    submit(campaigner, f"{STAFF}/{fortnight}", f"{STAFF}/{fortnight}/publish")
    public = page(client, f"/city/campaigns/{fortnight}")
    assert 'href="/city/events/concert' in public
    assert "Invitation" not in public
    assert f"/city/campaigns/{fortnight}" in page(client, "/city/events/concert")
    submit(campaigner, event_page, f"{event_page}/campaign", campaign="")
    with db.reading():
        assert campaign_of(house.id, "event", concert.uid) is None
        assert dict(items(campaign_by_slug(house.id, fortnight).id)) == {"mailing": [uid]}


def test_another_organisations_campaign_is_not_one_of_yours(
    campaigner: FlaskClient, client: FlaskClient, fortnight: str, concert: Event
) -> None:
    """Nothing can be put into it, and its pages are not found."""
    with db.writing():
        other = make_organisation(slug="other")
        cookie = sign_in(other.id, Role.OWNER)
        create_event(other.id, "theirs", Facts({"en": "Theirs"}), concert.when)
    client.set_cookie(COOKIE, cookie)
    assert client.get(f"/studio/other/campaigns/{fortnight}").status_code == 404
    token = hidden(page(client, "/studio/other/calendar/theirs"), "form_token")
    refused = client.post("/studio/other/calendar/theirs/campaign", data={"form_token": token, "campaign": fortnight})
    assert refused.status_code == 422
    with db.reading():
        assert campaign_of(concert.organisation_id, "event", concert.uid) is None


def test_the_next_edition_is_a_copy_with_nothing_armed(
    campaigner: FlaskClient, client: FlaskClient, house: Brand, fortnight: str, concert: Event
) -> None:
    """Drafts without dates, the stream link left behind; mailings and documents are not copied; this year's stays."""
    submit(campaigner, "/studio/city/calendar/concert", "/studio/city/calendar/concert/campaign", campaign=fortnight)
    add_file(campaigner, PDF)
    refused = press(campaigner, f"{STAFF}/{fortnight}/edition", slug=fortnight)
    assert (refused.status_code, "short name already" in refused.text) == (422, True)
    assert press(campaigner, f"{STAFF}/{fortnight}/edition", slug="fortnight-2025").status_code == 303
    shown = page(campaigner, f"{STAFF}/fortnight-2025")
    for words in ("Draft", "Date to be announced", "Peacebuilding", "Concert", "No document yet"):
        assert words in shown
    assert client.get("/city/campaigns/fortnight-2025").status_code == 404
    assert client.get("/city/events/concert-fortnight-2025").status_code == 404
    with db.reading():
        copy = event_by_slug(house.id, "concert-fortnight-2025")
        assert (copy.precision, copy.published_at, copy.stream_url) == (Precision.UNKNOWN, None, "")
        assert [(one.titles, one.starts_at) for one in agenda(copy.id)] == [({"en": "Doors open"}, None)]
        assert (len(events(house.id)), newest_page(house.id).mailings) == (2, ())
        old = campaign_by_slug(house.id, fortnight)
        assert campaign_by_slug(house.id, "fortnight-2025").former_id == old.id
        assert dict(items(old.id)) == {"event": [concert.uid]}
    blocked = press(campaigner, f"{STAFF}/{fortnight}/delete")
    assert blocked.status_code == 409


def test_a_draft_can_be_deleted_and_what_belonged_to_it_stays(
    campaigner: FlaskClient, house: Brand, fortnight: str, concert: Event
) -> None:
    submit(campaigner, "/studio/city/calendar/concert", "/studio/city/calendar/concert/campaign", campaign=fortnight)
    assert press(campaigner, f"{STAFF}/{fortnight}/delete").status_code == 303
    assert campaigner.get(f"{STAFF}/{fortnight}").status_code == 404
    with db.reading():
        assert event_by_slug(house.id, "concert").uid == concert.uid
        assert campaign_of(house.id, "event", concert.uid) is None


def test_documents_have_name_kind_size_and_language(
    campaigner: FlaskClient, client: FlaskClient, fortnight: str
) -> None:
    """A PDF is downloaded as it was uploaded; what it tells about its author is said; it can be taken off."""
    status, shown = add_file(campaigner, PDF, "Programme en français")
    assert (status, "It names nobody who made it." in shown) == (200, True)
    assert "PDF, 0.1 KB, in French" in shown
    submit(campaigner, f"{STAFF}/{fortnight}", f"{STAFF}/{fortnight}/publish")
    public = page(client, f"/city/campaigns/{fortnight}")
    assert "Programme en français" in public
    path = public.split('href="/media/')[1].split('"')[0]
    with client.get(f"/media/{path}") as answer:
        assert (answer.data, answer.content_type) == (PDF, "application/pdf")
        assert answer.headers["Content-Disposition"].startswith("attachment")
    uid = page(campaigner, f"{STAFF}/{fortnight}").split("/documents/")[1].split("/remove")[0]
    submit(campaigner, f"{STAFF}/{fortnight}", f"{STAFF}/{fortnight}/documents/{uid}/remove")
    assert "Programme en français" not in page(client, f"/city/campaigns/{fortnight}")


def test_a_picture_loses_its_metadata(campaigner: FlaskClient, client: FlaskClient, fortnight: str) -> None:
    """Whatever a camera wrote beside the pixels."""
    made, exif = io.BytesIO(), Image.Exif()
    exif[0x013B] = "A Photographer"
    Image.new("RGB", (40, 30), "red").save(made, "JPEG", exif=exif)
    assert b"A Photographer" in made.getvalue()
    status, shown = add_file(campaigner, made.getvalue(), "Poster", "poster.jpg")
    assert (status, "It names nobody who made it." in shown) == (200, True)
    with client.get("/media/" + shown.split('href="/media/')[1].split('"')[0]) as answer:
        assert b"A Photographer" not in answer.data


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"", "Programme", "Choose a file"),
        (b"<html><script>", "Programme", "Use a PDF, JPEG or PNG file"),
        (b"PK\x03\x04word", "Programme", "Use a PDF, JPEG or PNG file"),
        (PDF, "", "Fill this in"),
        (PDF, "a\u202eb", "invisible control characters"),
    ],
)
def test_other_files_are_refused(campaigner: FlaskClient, fortnight: str, data: bytes, name: str, words: str) -> None:
    status, shown = add_file(campaigner, data, name)
    assert (status, words in shown) == (422, True)
    assert "No document yet" in page(campaigner, f"{STAFF}/{fortnight}")


def test_what_a_pdf_tells_is_said() -> None:
    """Named in the open, packed away, or not at all."""
    assert traces_of(PDF) is Traces.NONE
    assert traces_of(PDF + b"<< /Author (A Person) >>") is Traces.FOUND
    assert traces_of(PDF + b"<< /Producer <FEFF0041> >>") is Traces.FOUND
    assert traces_of(PDF + b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>") is Traces.FOUND
    assert traces_of(PDF + b"<< /Type /ObjStm /Filter /FlateDecode >>") is Traces.UNKNOWN
