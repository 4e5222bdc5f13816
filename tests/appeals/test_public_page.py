"""What visitors see of a defender: as much as consent allows, and only while the gate is open."""

from __future__ import annotations

from datetime import timedelta

from flask.testing import FlaskClient

from mobilize.appeals import queries, service
from mobilize.appeals.queries import Details
from mobilize.appeals.rules import Publish, partial_date
from mobilize.appeals.service import Source, SourceKind
from mobilize.campaigns.service import Facts, assign, create_campaign, publish
from mobilize.core import clock, db
from mobilize.core.when import unknown
from mobilize.organisations.queries import Brand
from tests.appeals.conftest import ALIAS, NAME, page, review_all

PAGE = "/city/defenders/case-1"


def test_a_page_tells_the_case_with_dates_and_sources(client: FlaskClient, house: Brand, defender: str) -> None:
    """In the reader's language, with no more of a date than is known; no browser keeps it."""
    with db.writing():
        row = queries.defender_by_uid(house.id, defender)
        source = Source(SourceKind.LINK, "a daily", "fr", "https://example.org/news", copy="kept")
        service.add_event(row, partial_date("when", "2021-02"), {"en": "Released", "fr": "Libérée"}, source)
    shown = page(client, PAGE)
    for words in (NAME, ALIAS, "Belgium", "<strong>writes</strong>", "February 2021", "Released", "a daily", "French"):
        assert words in shown, words
    assert "kept" not in shown
    assert "Libérée" in page(client, PAGE, language="fr")
    assert client.get(PAGE).headers["Cache-Control"] == "no-store"


def test_while_the_case_is_checked_the_page_names_nobody(client: FlaskClient, house: Brand, defender: str) -> None:
    """On hold, and after a lapse; afterwards it is back."""
    with db.writing():
        service.hold_everything(queries.defender_by_uid(house.id, defender))
    assert "This case is being checked" in page(client, PAGE)
    assert NAME not in page(client, PAGE)
    with db.writing():
        service.end_hold(queries.defender_by_uid(house.id, defender))
    assert NAME in page(client, PAGE)
    with clock.frozen(clock.now() + timedelta(days=31)):
        assert NAME not in page(client, PAGE)


def test_consent_says_what_is_shown(client: FlaskClient, house: Brand) -> None:
    """A name alone; no name, no page; no slug, no page."""
    with db.writing():
        about = {"en": "She writes."}
        only_name = service.create_defender(house.id, Details("Ada Only", about=about, country="BE"), "one")
        review_all(only_name, frozenset({Publish.NAME}))
        nameless = service.create_defender(house.id, Details("Ben Nameless"), "two")
        review_all(nameless, frozenset({Publish.ABOUT}))
    shown = page(client, "/city/defenders/one")
    assert "Ada Only" in shown
    assert "She writes." not in shown
    assert "Belgium" not in shown
    page(client, "/city/defenders/two", status=404)
    page(client, "/city/defenders/three", status=404)


def test_a_campaign_shows_its_defender_while_the_gate_is_open(client: FlaskClient, house: Brand, defender: str) -> None:
    """And no longer than that."""
    with db.writing():
        publish(create_campaign(house.id, "freedom", Facts({"en": "Freedom"}), unknown(house.timezone)))
        assign(house.id, "defender", defender, "freedom")
    assert NAME in page(client, "/city/campaigns/freedom")
    with db.writing():
        service.hold_everything(queries.defender_by_uid(house.id, defender))
    assert NAME not in page(client, "/city/campaigns/freedom")
