"""A break from newsletters and appeals: taken on one's own page or instead of leaving, ended on one's own page only."""

from __future__ import annotations

from datetime import timedelta

from flask.testing import FlaskClient

from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.core.tokens import mint
from mobilize.delivery.models import Recipient
from mobilize.delivery.purposes import FOOTER, UNSUBSCRIBE
from mobilize.subscribers.purposes import PREFERENCES
from mobilize.subscribers.queries import lists_of
from tests.signup.visiting import press
from tests.subscribers.conftest import City


def paused_for(recipient_id: int) -> timedelta | None:
    with db.reading():
        until = session.get_one(Recipient, recipient_id).paused_until
        return None if until is None else until - clock.now()


def test_a_break_is_taken_and_ended_on_ones_own_page(client: FlaskClient, city: City, amina: int):
    page = f"/p/{mint(PREFERENCES, amina)}"
    assert "Pause for a month" in client.get(page).get_data(as_text=True)
    assert press(client, page, press="pause").status_code == 303
    assert timedelta(days=29) < (paused_for(amina) or timedelta()) <= timedelta(days=30)
    shown = client.get(page).get_data(as_text=True)
    assert "Receive them again now" in shown
    assert press(client, page, press="resume").status_code == 303
    assert paused_for(amina) is None
    with db.reading():
        assert len(lists_of(amina)) == 2


def test_a_break_is_offered_instead_of_leaving(client: FlaskClient, city: City, amina: int):
    """The lists stay; the page says so."""
    page = f"/u/{mint(UNSUBSCRIBE, amina, city.ids['news'])}"
    answer = press(client, page, press="pause")
    assert answer.status_code == 303
    assert "Paused for a month" in client.get(answer.headers["Location"]).get_data(as_text=True)
    assert paused_for(amina) is not None
    with db.reading():
        assert len(lists_of(amina)) == 2


def test_a_footers_link_neither_begins_nor_ends_a_break(client: FlaskClient, city: City, amina: int):
    """Mails get forwarded: to the link at their foot the buttons mean nothing, and a fresh link is mailed instead."""
    footer = f"/p/{mint(FOOTER, amina)}"
    press(client, footer, press="pause")
    assert paused_for(amina) is None
    press(client, f"/p/{mint(PREFERENCES, amina)}", press="pause")
    press(client, footer, press="resume")
    assert paused_for(amina) is not None


def test_a_post_without_the_forms_token_pauses_nobody(client: FlaskClient, city: City, amina: int):
    page = f"/u/{mint(UNSUBSCRIBE, amina, city.ids['news'])}"
    assert client.post(page, data={"press": "pause"}).status_code == 422
    assert paused_for(amina) is None
