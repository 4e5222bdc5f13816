"""What owners change, and who else sees what."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from mobilize.core import db
from mobilize.core.permissions import Role
from mobilize.organisations.queries import brand_by_slug, default_sender, dns_records, signing_key
from tests.accounts.browsing import fill
from tests.factories import make_organisation
from tests.staff import COOKIE, sign_in

SETTINGS = "/studio/house/settings/"
GOOD = {
    "names_en": "House",
    "names_fr": "Maison",
    "website": "https://example.org/",
    "postal_addresses_en": "Street 1\n1000 Brussels",
    "postal_addresses_fr": "Rue 1\n1000 Bruxelles",
    "accent": "#123abc",
    "timezone": "Europe/Brussels",
    "default_language": "fr",
    "languages": ["fr", "ar"],
}


@pytest.fixture
def house(app: Flask) -> int:
    with db.writing():
        return make_organisation(slug="house").id


def browser(app: Flask, house: int, role: Role = Role.OWNER) -> FlaskClient:
    client = app.test_client()
    with db.writing():
        client.set_cookie(COOKIE, sign_in(house, role))
    return client


def test_an_owner_changes_the_settings(app, house):
    """Pages and mails read the new values; the trail names the fields."""
    owner = browser(app, house)
    assert fill(owner, SETTINGS, **GOOD).status_code == 303
    with db.reading():
        brand = brand_by_slug("house")
    assert (brand.languages, brand.accent) == (("fr", "ar"), "#123abc")
    assert [brand.name_in(tag) for tag in ("en", "fr", "ar")] == ["House", "Maison", "Maison"]
    assert brand.postal_address_in("fr") == "Rue 1\n1000 Bruxelles"
    assert "postal address" in owner.get("/studio/house/settings/trail").text


def test_a_field_of_each_language_is_labelled_in_the_readers_own(app, house):
    """As everywhere in the studio: a language by the name that the reader knows."""
    page = browser(app, house).get(f"{SETTINGS}?lang=fr").text
    assert "Nom de l’organisation (anglais)" in page
    assert "Nom de l’organisation (arabe)" in page


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("names_en", ""),
        ("names_en", "x" * 1_000_000),
        ("names_en", "two\r\nBcc: x@example.net"),
        ("names_en", "\u202eeslaf"),
        ("website", "javascript:alert(1)"),
        ("website", "https://user:pass@example.org/"),
        ("website", "https://[broken"),
        ("accent", "red"),
        ("accent", "#12345"),
        ("timezone", "Mars/North"),
        ("default_language", "xx"),
        ("languages", "xx"),
        ("postal_addresses_fr", "nul\x00"),
    ],
)
def test_what_does_not_hold_is_refused_beside_its_field(app, house, field, value):
    """And nothing is changed."""
    answer = fill(browser(app, house), SETTINGS, **{**GOOD, field: value})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    with db.reading():
        assert brand_by_slug("house").accent == "#0b5f8a"


@pytest.mark.parametrize("role", [Role.CAMPAIGNER, Role.VIEWER])
def test_others_see_facts_and_change_nothing(app, house, role):
    """No form on the page, 403 on its address."""
    client = browser(app, house, role)
    page = client.get(SETTINGS)
    assert page.status_code == 200
    assert "Owners of the organisation can change these" in page.text
    assert client.post(SETTINGS, data=GOOD).status_code == 403


def test_a_new_sender_gets_a_key_and_its_records(app, house):
    """The page shows what to publish for the new domain; a second change keeps the key."""
    owner = browser(app, house)
    sender = {"sender_names_en": "House", "sender_address": "lettre@maison.example.net", "reply_to": ""}
    assert fill(owner, SETTINGS, f"{SETTINGS}sender", **sender).status_code == 303
    with db.reading():
        key = signing_key(house, "maison.example.net")
        assert default_sender(house).address == "lettre@maison.example.net"
    assert key is not None
    page = owner.get(f"{SETTINGS}sending").text
    assert f"{key.selector}._domainkey.maison.example.net" in page
    assert "v=DKIM1; k=rsa; p=" in page
    assert "_dmarc.maison.example.net" in page
    fill(owner, SETTINGS, f"{SETTINGS}sender", **{**sender, "sender_names_fr": "Maison"})
    with db.reading():
        assert signing_key(house, "maison.example.net") == key


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sender_address", "nowhere"),
        ("sender_address", "a@b.example.org\r\nBcc: x@example.net"),
        ("sender_names_en", ""),
        ("sender_names_en", "News\r\nBcc: x@example.net"),
        ("sender_names_en", "\u2067News"),
        ("reply_to", "not an address"),
    ],
)
def test_a_sender_that_cannot_stand_in_a_header_is_refused(app, house, field, value):
    """Line breaks, bidirectional controls, what is no address."""
    sender = {"sender_names_en": "House", "sender_address": "news@maison.example.net", "reply_to": "", field: value}
    assert fill(browser(app, house), SETTINGS, f"{SETTINGS}sender", **sender).status_code == 422
    with db.reading():
        assert default_sender(house).address == "news@house.example.org"


def test_the_private_key_is_sealed_and_on_no_page(app, house):
    """A copy of the database signs nothing."""
    owner = browser(app, house)
    sender = {"sender_names_en": "House", "sender_address": "news@maison.example.net", "reply_to": ""}
    fill(owner, SETTINGS, f"{SETTINGS}sender", **sender)
    assert "PRIVATE KEY" not in owner.get(f"{SETTINGS}sending").text
    with db.engine().connect() as connection:
        sealed = connection.exec_driver_sql("SELECT private_key_sealed FROM dkim_keys").scalar()
    assert b"PRIVATE" not in bytes(sealed)


def test_records_name_our_mail_server_if_there_is_one(house):
    """SPF authorises it; without one, the domain's own."""
    with db.reading():
        named = {record.purpose: record.value for record in dns_records(house, "mail.example.net")}
        unnamed = {record.purpose: record.value for record in dns_records(house, None)}
    assert named["SPF"] == "v=spf1 a:mail.example.net ~all"
    assert unnamed["SPF"] == "v=spf1 mx ~all"
