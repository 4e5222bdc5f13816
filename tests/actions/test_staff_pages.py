"""The campaigner's pages of petitions: made, changed, published, closed, and who signed."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from mobilize.actions.models import ActionState, CallToAction
from mobilize.campaigns.service import Facts as CampaignFacts
from mobilize.campaigns.service import create_campaign
from mobilize.core import db
from mobilize.core.db import session
from mobilize.core.when import unknown
from mobilize.organisations.queries import Brand
from mobilize.subscribers.queries import lists
from tests.actions.conftest import PETITION, STUDIO
from tests.actions.signing import sign
from tests.signup.visiting import hidden, press

FIELDS = {
    "slug": "open-the-square",
    "titles_en": "Open the square",
    "shows": "initials",
    "keep_days": "365",
    **dict.fromkeys(("about", "list", "next"), ""),
}


def stored(slug: str = "open-the-square") -> dict[str, Any]:
    """What a call's row holds; empty if there is none."""
    with db.reading():
        wanted = select(CallToAction.__table__).where(CallToAction.slug == slug)
        found = session.execute(wanted).mappings().first()
        return dict(found) if found is not None else {}


def test_a_petition_is_made_published_and_closed(campaigner: FlaskClient, client: FlaskClient, house: Brand) -> None:
    """A draft has no public page; without words to sign it is not published; closed, it stays closed."""
    assert "No petition yet" in campaigner.get(STUDIO).text
    made = press(campaigner, f"{STUDIO}/new", **FIELDS)
    assert made.headers["Location"] == f"{STUDIO}/open-the-square"
    assert client.get(PETITION).status_code == 404
    here = f"{STUDIO}/open-the-square"
    campaigner.post(f"{here}/publish", data={"form_token": token(campaigner, here)})
    assert "Write what people sign before you publish it" in campaigner.get(here).text
    press(campaigner, here, **FIELDS, asks_en="Please.", goal="500", opens_at="2020-01-01T10:00")
    campaigner.post(f"{here}/publish", data={"form_token": token(campaigner, here)})
    assert "Please." in client.get(PETITION).text
    press(campaigner, f"{here}/close")
    assert "This petition is closed" in client.get(PETITION).text
    row = stored()
    assert (row["state"], row["goal"]) == (ActionState.CLOSED, 500)
    assert row["closed_at"] is not None
    assert press(campaigner, here, **FIELDS, asks_en="More.").status_code == 422


def token(client: FlaskClient, path: str) -> str:
    return hidden(client.get(path).text, "form_token")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"titles_en": ""}, "Fill this in"),
        ({"slug": "Not A Slug"}, "Use lower-case letters"),
        ({"goal": "0"}, "Choose from 1"),
        ({"keep_days": "5000"}, "Choose from 1"),
        ({"opens_at": "2024-05-02T10:00", "closes_at": "2024-05-01T10:00"}, "It has to close after it opens"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    campaigner: FlaskClient, house: Brand, typed: dict[str, str], words: str
) -> None:
    answer = press(campaigner, f"{STUDIO}/new", **{**FIELDS, **typed})
    assert (answer.status_code, words in answer.text) == (422, True)
    assert stored() == {}


def test_a_list_needs_words_to_agree_to(campaigner: FlaskClient, house: Brand, petition: int) -> None:
    """Other words are a new version: who agreed before agreed to the old ones."""
    here = f"{STUDIO}/open-the-square"
    with db.reading():
        chosen = lists(house.id)[0].uid
    kept = {**FIELDS, "shows": "name", "asks_en": "Please.", "list": chosen}
    refused = press(campaigner, here, **kept, wordings_en="")
    assert (refused.status_code, "Write what people agree to" in refused.text) == (422, True)
    press(campaigner, here, **kept, wordings_en="Send me everything.")
    row = stored()
    assert (row["wording_version"], row["wordings"]["en"]) == (2, "Send me everything.")


def test_what_the_target_sees_stays_once_people_could_sign(campaigner: FlaskClient, petition: int) -> None:
    answer = press(campaigner, f"{STUDIO}/open-the-square", **{**FIELDS, "shows": "address"})
    assert (answer.status_code, "cannot be changed any more" in answer.text) == (422, True)


def test_a_draft_is_deleted_and_what_was_published_is_not(campaigner: FlaskClient, house: Brand, petition: int) -> None:
    press(campaigner, f"{STUDIO}/new", **{**FIELDS, "slug": "draft"})
    assert press(campaigner, f"{STUDIO}/draft/delete").status_code == 303
    assert stored("draft") == {}
    press(campaigner, f"{STUDIO}/open-the-square/delete")
    assert stored() != {}


def test_it_belongs_to_a_campaign_and_is_found(
    campaigner: FlaskClient, client: FlaskClient, house: Brand, petition: int
) -> None:
    with db.writing():
        create_campaign(house.id, "spring", CampaignFacts({"en": "Spring"}), unknown(house.timezone))
    here = f"{STUDIO}/open-the-square"
    campaigner.post(f"{here}/campaign", data={"form_token": token(campaigner, here), "campaign": "spring"})
    assert "Open the square" in campaigner.get("/studio/city/campaigns/spring").text
    assert "Open the square" in campaigner.get("/studio/city/search?q=square").text
    assert "Open the square" in campaigner.get("/studio/city/").text


def test_who_signed_is_listed_with_masked_addresses(
    campaigner: FlaskClient, client: FlaskClient, petition: int
) -> None:
    sign(client)
    page = campaigner.get(f"{STUDIO}/open-the-square/acts").text
    assert "a•••@e•••.org" in page
    assert "Amina Benali" in page
    assert "amina@example.org" not in page
