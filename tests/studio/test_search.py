"""Things are found by their name, from one page for all features."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from mobilize.core import clock, db
from mobilize.core.permissions import Role
from mobilize.core.when import unknown
from mobilize.events.models import Attendance
from mobilize.events.service import Facts, create_event
from mobilize.mailings.models import MailingState
from tests.factories import make_organisation
from tests.staff import COOKIE, sign_in
from tests.studio.rows import make_mailing

SEARCH = "/studio/city/search"


@pytest.fixture
def city(client: FlaskClient) -> int:
    """An organisation with a mailing and an event; its viewer is signed in. Another one has the same names."""
    with db.writing():
        city_id = make_organisation(slug="city").id
        for house in (city_id, make_organisation(slug="other").id):
            make_mailing(house, name="Quinzaine: été", state=MailingState.DRAFT, send_at=clock.now())
            titles = {"en": "Summer fortnight", "fr": "Quinzaine d’été"}
            create_event(house, "summer", Facts(titles, attendance=Attendance.VENUE), unknown("Europe/Brussels"))
        client.set_cookie(COOKIE, sign_in(city_id, Role.VIEWER))
    return city_id


def test_mailings_and_events_are_found_by_name(client: FlaskClient, city: int):
    """Every word counts, in any language of a title, without accents too; only the organisation's own are found."""
    page = client.get(f"{SEARCH}?q=ete quinzaine").text
    assert "2 things found" in page
    assert ">Quinzaine: été</a>" in page
    assert ">Summer fortnight</a>" in page
    assert "/studio/other/" not in page


def test_nothing_is_found_by_other_words(client: FlaskClient, city: int):
    """And the page says so; without words it only asks."""
    assert "Nothing has these words in its name" in client.get(f"{SEARCH}?q=quinzaine+hiver").text
    empty = client.get(f"{SEARCH}?q=+").text
    assert "Nothing has these words" not in empty
    assert "things found" not in empty


def test_the_search_stands_in_the_bar(client: FlaskClient, city: int):
    """On every page of the organisation; what was typed stays typed, as text."""
    assert f'href="{SEARCH}"' in client.get("/studio/city/").text
    assert 'value="&#34;&gt;&lt;b&gt;"' in client.get(f'{SEARCH}?q="><b>').text
