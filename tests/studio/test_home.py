"""The campaigner's home page: what leaves next, what is leaving, what needs someone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from mobilize.core import clock, db
from mobilize.core.permissions import Role
from mobilize.delivery.models import DeliveryState, MessageState
from mobilize.mailings.models import MailingState
from tests.factories import make_organisation
from tests.staff import COOKIE, sign_in
from tests.studio.rows import launch, make_mailing


@pytest.fixture
def city(client: FlaskClient) -> int:
    """An organisation whose owner is signed in."""
    with db.writing():
        city_id = make_organisation(slug="city").id
        client.set_cookie(COOKIE, sign_in(city_id))
    return city_id


def test_an_empty_home_offers_the_first_step(client: FlaskClient, city: int) -> None:
    """Before anything was written, the page says what it is for."""
    assert "Nothing was sent yet" in client.get("/studio/city/").text


def test_what_leaves_next_names_time_and_zone(client: FlaskClient, city: int) -> None:
    """A scheduled mailing shows its time in the zone in which it was chosen, and how long that is from now."""
    with db.writing():
        at = clock.now() + timedelta(hours=3, minutes=1)
        make_mailing(city, state=MailingState.SCHEDULED, send_at=at, send_zone="Europe/Brussels")
    text = client.get("/studio/city/").text
    assert "in 3 hours" in text
    assert "(Brussels)" in text


def test_what_is_leaving_shows_its_ledger(client: FlaskClient, city: int) -> None:
    """The bar's groups are the ledger's; a claimed copy still waits; the page asks again."""
    counts = {DeliveryState.ACCEPTED: 3, DeliveryState.PENDING: 1, DeliveryState.CLAIMED: 1, DeliveryState.FAILED: 2}
    with db.writing():
        launch(make_mailing(city, name="Fortnight"), MessageState.SENDING, counts)
    text = client.get("/studio/city/now").text
    assert "<strong>3</strong> of 7 delivered" in text
    assert "2 people still wait" in text
    assert 'hx-trigger="every 2s"' in text


def test_the_page_stops_asking_when_nothing_moves(client: FlaskClient, city: int) -> None:
    """A finished mailing leaves the list, and the answer carries no trigger."""
    with db.writing():
        launch(make_mailing(city), MessageState.FINISHED, {DeliveryState.ACCEPTED: 1})
    text = client.get("/studio/city/now").text
    assert "hx-trigger" not in text
    assert "Letter of March" not in text


@pytest.mark.parametrize(
    ("state", "words"),
    [(MessageState.HALTED, "Stopped by itself: refused"), (MessageState.PAUSED, "Paused. Nobody gets it")],
)
def test_what_stands_still_needs_someone(client: FlaskClient, city: int, state: MessageState, words: str) -> None:
    """A halted mailing says why; a paused one says what follows from that."""
    with db.writing():
        launch(make_mailing(city), state, {DeliveryState.PENDING: 2}, reason="refused")
    assert words in client.get("/studio/city/").text


def test_copies_of_unknown_fate_need_someone(client: FlaskClient, city: int) -> None:
    """They are counted and named, also after the mailing has ended."""
    with db.writing():
        launch(make_mailing(city), MessageState.FINISHED, {DeliveryState.UNKNOWN: 2, DeliveryState.ACCEPTED: 1})
    assert "2 copies may or may not have arrived" in client.get("/studio/city/").text


def test_another_organisations_mailings_stay_there(client: FlaskClient, city: int) -> None:
    """Nothing of another organisation shows, and its home is not found."""
    with db.writing():
        other = make_organisation(slug="other")
        launch(make_mailing(other.id, name="Secret"), MessageState.HALTED, {DeliveryState.UNKNOWN: 1})
        make_mailing(other.id, name="Secret", state=MailingState.SCHEDULED, send_at=clock.now())
    assert "Secret" not in client.get("/studio/city/").text
    assert client.get("/studio/other/").status_code == 404


def test_a_viewer_is_asked_for_nothing_they_cannot_do(client: FlaskClient, city: int) -> None:
    """Drafts are for those who may finish them."""
    with db.writing():
        make_mailing(city, name="Unfinished")
        client.set_cookie(COOKIE, sign_in(city, Role.VIEWER))
    assert "Unfinished" not in client.get("/studio/city/").text


def test_a_stranger_is_sent_to_the_login(client: FlaskClient) -> None:
    """Without a session the page asks who is there, and remembers where they wanted to go."""
    answer = client.get("/studio/city/")
    assert answer.status_code == 303
    assert answer.location == "/studio/login?next=/studio/city/"


def test_what_was_sent_shows_how_it_went(client: FlaskClient, city: int) -> None:
    """A finished mailing stays in sight with what the ledger says of it."""
    with db.writing():
        launch(make_mailing(city), MessageState.FINISHED, {DeliveryState.ACCEPTED: 5, DeliveryState.FAILED: 2})
    assert "5 of 7 delivered" in client.get("/studio/city/").text


def test_a_launch_that_was_given_up_says_why(client: FlaskClient, city: int) -> None:
    """The mailing is a draft again, and not just any draft."""
    with db.writing():
        make_mailing(city, problem="the list is empty")
    assert "It was not sent: the list is empty" in client.get("/studio/city/").text
