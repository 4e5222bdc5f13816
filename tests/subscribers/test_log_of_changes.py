"""What the activity log tells of lists, forms, settings and people."""

from __future__ import annotations

import re

from flask.testing import FlaskClient

from mobilize.core import db
from mobilize.core.db import session
from mobilize.delivery.models import Recipient
from mobilize.signup.service import FormFacts, create_form
from mobilize.subscribers.queries import list_by_slug
from mobilize.subscribers.service import change_list
from tests.accounts.browsing import fill
from tests.subscribers.conftest import PERSON, City

SETTINGS = {
    "names_en": "City of Brussels",
    "postal_addresses_en": "Demonstration street 1, 1000 Brussels",
    "timezone": "Europe/Brussels",
    "default_language": "en",
    "languages": ["en", "fr", "nl", "ar"],
}
LOG = "/studio/city/settings/trail"


def words_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", "", page).split())


def test_lists_forms_and_people_are_named_and_linked(owner: FlaskClient, city: City, amina: int) -> None:
    """A person by the masked address; nobody's whole address stands in the log."""
    with db.writing():
        change_list(list_by_slug(city.brand.id, "news"), {"en": "Letters", "fr": "Lettres"}, {}, is_public=False)
        create_form(city.brand.id, "join", FormFacts({"en": "I agree"}, [city.ids["news"]], {"en": "Join us"}))
        uid = session.get_one(Recipient, amina).uid
    page = owner.get(LOG).text
    assert 'List changed: “<a href="/studio/city/people/lists/news"><bdi>Letters</bdi></a>”' in page
    assert 'Sign-up form made: “<a href="/studio/city/people/forms/join"><bdi>Join us</bdi></a>”' in page
    assert f'Subscribed: “<a href="/studio/city/people/{uid}"><bdi>' in page
    assert PERSON not in page


def test_details_are_in_the_readers_words(owner: FlaskClient, city: City) -> None:
    """Names of fields, ways and answers; none of those that only programs read."""
    fill(owner, "/studio/city/settings/", names_fr="Ville", **{**SETTINGS, "accent": "#123abc"})
    with db.writing():
        change_list(list_by_slug(city.brand.id, "news"), {"en": "Letters"}, {}, is_public=False)
    english, french = (words_of(owner.get(f"{LOG}?lang={language}").text) for language in ("en", "fr"))
    assert "changed: name and colour" in english
    assert "on public pages: no" in english
    assert "modifié : nom et couleur" in french
    assert "postal_addresses" not in english
