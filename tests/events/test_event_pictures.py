"""Pictures of an event: chosen among the organisation's, described and captioned in each language."""

from __future__ import annotations

import io

import lxml.html
import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from mobilize.core import db
from mobilize.core.db import session
from mobilize.core.errors import Refused
from mobilize.core.feature import Freezing
from mobilize.core.settings import Settings
from mobilize.core.when import unknown
from mobilize.delivery.composing.composition import compose
from mobilize.delivery.composing.sources import Brand as MailBrand
from mobilize.delivery.composing.sources import Sender, Source
from mobilize.events.models import EventPicture
from mobilize.events.pictures import PictureFacts, add_picture
from mobilize.events.queries import event_by_slug, pictures_of
from mobilize.events.service import Facts, create_event, delete_draft
from mobilize.mailings.blocks import freeze, read_block
from mobilize.media.service import add_picture as add_media
from mobilize.media.service import store_picture
from mobilize.organisations.queries import Brand
from tests.events.conftest import BEFORE
from tests.events.test_speakers import data_of
from tests.factories import make_organisation
from tests.signup.visiting import hidden, press

STAFF, PUBLIC = "/studio/centre/calendar/partners/pictures", "/centre/events/partners"
SEATED = {
    "alternative_texts_en": "Participants seated in the hemicycle",
    "alternative_texts_fr": "Participants assis dans l’hémicycle",
    "captions_en": "Annual event",
}


def stored(house_id: int, installation: Settings, colour: str) -> str:
    """The name of a picture of the organisation."""
    drawn = io.BytesIO()
    Image.new("RGB", (60, 40), colour).save(drawn, "PNG")
    with db.writing():
        return add_media(house_id, store_picture(drawn.getvalue(), installation.media_dir)).name


@pytest.fixture
def picture(house: Brand, lecture: str, installation: Settings) -> str:
    return stored(house.id, installation, "#0b5f8a")


def shown(house: Brand) -> list[str]:
    with db.reading():
        return [picture.name for _words, picture in pictures_of(event_by_slug(house.id, "partners").id)]


def figure(client: FlaskClient, language: str) -> tuple[str, str, str]:
    """Address, alternative text and caption of the first picture on the public page."""
    page = client.get(PUBLIC, headers={"Accept-Language": language}).text
    (one, *_rest) = lxml.html.document_fromstring(page).xpath("//main//figure")
    return one.find("img").get("src"), one.find("img").get("alt"), one.findtext("figcaption")


def test_visitors_see_each_in_their_language(campaigner: FlaskClient, client: FlaskClient, picture: str) -> None:
    """Alternative text and caption; search engines get its whole address."""
    assert press(campaigner, f"{STAFF}/new", picture=picture, **SEATED).status_code == 303
    assert figure(client, "en") == (f"/media/{picture}", SEATED["alternative_texts_en"], "Annual event")
    assert figure(client, "fr")[1] == SEATED["alternative_texts_fr"]
    page = client.get(PUBLIC, headers={"Accept-Language": "en"}).text
    assert data_of(page)["image"] == [f"http://127.0.0.1:8000/media/{picture}"]
    assert SEATED["alternative_texts_en"] in campaigner.get(STAFF).text


def test_a_picture_without_a_description_is_refused(
    campaigner: FlaskClient, house: Brand, picture: str, installation: Settings
) -> None:
    """So is none, one of somebody else's, and one that is there already."""
    with db.writing():
        other = make_organisation(slug="other").id
    foreign = stored(other, installation, "#ffffff")
    for typed in (
        {"picture": picture},
        {**SEATED},
        {"picture": foreign, **SEATED},
        {"picture": "../x.png", **SEATED},
        {"picture": picture, **SEATED, "captions_en": "x" * 501},
    ):
        assert press(campaigner, f"{STAFF}/new", **typed).status_code == 422
    assert shown(house) == []
    press(campaigner, f"{STAFF}/new", picture=picture, **SEATED)
    with pytest.raises(Refused, match="already"), db.writing():
        add_picture(event_by_slug(house.id, "partners"), picture, PictureFacts({"en": "Again"}))


def test_they_are_changed_ordered_and_taken_off(
    campaigner: FlaskClient, client: FlaskClient, house: Brand, picture: str, installation: Settings
) -> None:
    """The organisation keeps a picture that is taken off."""
    second = stored(house.id, installation, "#aa2200")
    for name in (picture, second):
        press(campaigner, f"{STAFF}/new", picture=name, **SEATED)
    with db.reading():
        uids = list(session.scalars(select(EventPicture.uid).order_by(EventPicture.position)))
    press(campaigner, f"{STAFF}/{uids[0]}", alternative_texts_en="Rows of seats", captions_en="")
    assert figure(client, "en") == (f"/media/{picture}", "Rows of seats", None)
    token = {"form_token": hidden(campaigner.get(STAFF).text, "form_token")}
    campaigner.post(f"{STAFF}/{uids[0]}/down", data=token)
    assert shown(house) == [second, picture]
    campaigner.post(f"{STAFF}/{uids[0]}/remove", data=token)
    assert shown(house) == [second]
    with client.get(f"/media/{picture}") as kept:
        assert kept.status_code == 200


def test_a_mailing_shows_them_in_the_readers_language(house: Brand, picture: str) -> None:
    """HTML has them as alternative text, plain text in brackets; an event without pictures is refused."""
    with db.reading():
        block = read_block({"type": "event_pictures", "event": event_by_slug(house.id, "partners").uid}, "blocks[0]")
    with db.reading(), pytest.raises(Refused, match="no pictures yet"):
        freeze(block, Freezing(house.id, "en", BEFORE, ""))
    texts = {"en": "Participants seated", "fr": "Participants assis"}
    with db.writing():
        row = event_by_slug(house.id, "partners")
        before = row.version
        add_picture(row, picture, PictureFacts(texts, {"en": "Annual event"}))
        assert row.version > before
    for language, words in texts.items():
        with db.reading():
            frozen = freeze(block, Freezing(house.id, language, BEFORE, ""))
        sender = Sender("The Centre", "news@centre.example.org")
        source = Source("mailings/newsletter", language, MailBrand("The Centre"), sender, blocks=(frozen.fields,))
        mail = compose(source, str, lambda name: f"https://example.org/media/{name}").preview({})
        assert f'alt="{words}"' in mail.html
        assert f"[{words}]" in mail.text
        assert f"https://example.org/media/{picture}" in mail.html


def test_a_deleted_draft_takes_them_along(house: Brand, picture: str) -> None:
    with db.writing():
        row = create_event(house.id, "draft", Facts({"en": "Draft"}), unknown(house.timezone))
        add_picture(row, picture, PictureFacts({"en": "Seats"}))
        delete_draft(row)
        assert session.scalars(select(EventPicture)).all() == []
