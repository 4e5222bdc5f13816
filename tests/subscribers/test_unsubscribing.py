"""Leaving: by button, by the one-click POST of a mail program, and back on the page that follows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.core.tokens import mint
from mobilize.delivery.bases import list_basis
from mobilize.delivery.messages import open_message
from mobilize.delivery.models import Content, Delivery, DeliveryState, Recipient, Stream, SuppressionReason
from mobilize.delivery.purposes import FOOTER
from mobilize.delivery.suppression.service import suppression_of
from mobilize.signup.purposes import CONFIRM
from mobilize.subscribers.models import Consent
from mobilize.subscribers.purposes import PREFERENCES
from mobilize.subscribers.queries import consent_history, lists_of
from tests.signup.visiting import count, hidden, press
from tests.subscribers.conftest import City, add, unsubscribe_path

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def on(recipient_id: int) -> list[int]:
    with db.reading():
        return lists_of(recipient_id)


def withdrawn(city: City, recipient_id: int) -> bool:
    with db.reading():
        index = session.get_one(Recipient, recipient_id).address_index
        found = suppression_of(city.brand.id, index)
        return found is not None and found.reason is SuppressionReason.WITHDRAWAL


def test_opening_the_link_changes_nothing(client: FlaskClient, city: City, amina: int):
    """GET and HEAD, twice: a scanner that follows every link takes nobody off a list."""
    path = unsubscribe_path(amina, city.ids["news"])
    for _time in range(2):
        assert client.get(path).status_code == client.head(path).status_code == 200
    assert len(on(amina)) == 2


def test_a_press_leaves_one_list(client: FlaskClient, city: City, amina: int):
    """The other list stays; the address is masked; the withdrawal is in the consent ledger."""
    path = unsubscribe_path(amina, city.ids["news"])
    answer = press(client, path, what="list")
    assert answer.status_code == 303
    page = client.get(path).get_data(as_text=True)
    assert on(amina) == [city.ids["urgent"]]
    assert not withdrawn(city, amina)
    assert "amina@example.org" not in page
    assert "a•••@e•••.org" in page
    with db.reading():
        assert consent_history(amina)[0].action == "withdrawn"


def test_a_press_leaves_everything(client: FlaskClient, city: City, amina: int):
    """Every list, and a withdrawal kept by address, that imports respect."""
    press(client, unsubscribe_path(amina, city.ids["news"]), what="all")
    assert on(amina) == []
    assert withdrawn(city, amina)


def test_one_click_needs_no_cookie_no_token_and_no_redirect(city: City, amina: int, client: FlaskClient):
    """RFC 8058: one POST, 200, done; again is 200 as well."""
    plain = client.application.test_client(use_cookies=False)
    path = unsubscribe_path(amina, city.ids["news"])
    for _time in range(2):
        answer = plain.post(path, data=ONE_CLICK)
        assert (answer.status_code, answer.headers.get("Set-Cookie")) == (200, None)
    assert on(amina) == [city.ids["urgent"]]
    assert plain.post(unsubscribe_path(amina, 0), data=ONE_CLICK, content_type="multipart/form-data").status_code == 200
    assert on(amina) == []
    assert withdrawn(city, amina)


def test_the_link_works_after_years(client: FlaskClient, city: City, amina: int):
    """An unsubscribe link never expires."""
    path = unsubscribe_path(amina, city.ids["news"])
    with clock.frozen(clock.now() + timedelta(days=4000)):
        assert client.post(path, data=ONE_CLICK).status_code == 200
    assert on(amina) == [city.ids["urgent"]]


@pytest.mark.parametrize("what", ["list", "all"])
def test_leaving_by_mistake_is_undone_on_the_page_that_follows(client: FlaskClient, city: City, amina: int, what: str):
    """What was left comes back with a consent row, and the page lists it."""
    before = on(amina)
    after = press(client, unsubscribe_path(amina, city.ids["news"]), what=what).headers["Location"]
    assert "You are unsubscribed" in client.get(after).get_data(as_text=True)
    assert on(amina) != before
    assert press(client, after).status_code == 303
    page = client.get(after).get_data(as_text=True)
    assert "You are subscribed again" in page
    assert "Newsletter" in page
    assert ("Urgent actions" in page) is (what == "all")
    assert on(amina) == before
    assert not withdrawn(city, amina)
    with db.reading():
        assert consent_history(amina)[0].method == "undo"


def test_no_link_from_a_mail_undoes_a_leaving(client: FlaskClient, city: City, amina: int):
    """A forwarded newsletter holds the link to unsubscribe: its page neither offers nor takes an undoing."""
    path = unsubscribe_path(amina, city.ids["news"])
    press(client, path, what="all")
    assert 'name="undo"' not in client.get(path).get_data(as_text=True)
    token = hidden(
        client.get(unsubscribe_path(add(city, "b@example.org", "news"), 0)).get_data(as_text=True), "form_token"
    )
    client.post(path, data={"form_token": token, "undo": "yes"})
    client.post(path, data={"undo": "yes"})
    assert on(amina) == []
    assert withdrawn(city, amina)


def test_undoing_is_over_after_fifteen_minutes(client: FlaskClient, city: City, amina: int):
    """The page then says so and shows the way to subscribe; a form that was open meanwhile brings nothing back."""
    after = press(client, unsubscribe_path(amina, city.ids["news"]), what="all").headers["Location"]
    token = hidden(client.get(after).get_data(as_text=True), "form_token")
    with clock.frozen(clock.now() + timedelta(minutes=16)):
        page = client.get(after)
        assert (page.status_code, "form_token" in page.get_data(as_text=True)) == (200, False)
        assert 'href="/city/subscribe"' in page.get_data(as_text=True)
        assert client.post(after, data={"form_token": token}).status_code == 422
    assert on(amina) == []


def test_undoing_brings_back_only_what_was_left_then(client: FlaskClient, city: City, amina: int):
    """A page that is still open from an earlier leaving does not bring back what was left again since."""
    path = unsubscribe_path(amina, city.ids["news"])
    first = press(client, path, what="list").headers["Location"]
    token = hidden(client.get(first).get_data(as_text=True), "form_token")
    client.post(first, data={"form_token": token})
    client.post(path, data=ONE_CLICK)
    assert client.post(first, data={"form_token": token}).status_code == 303
    assert on(amina) == [city.ids["urgent"]]


@pytest.mark.parametrize("change", [lambda token: token[:-1], lambda token: "x", lambda token: token[1:]])
def test_an_altered_address_undoes_nothing(client: FlaskClient, city: City, amina: int, change):
    """Nor does the token of an unsubscribe link, which everybody has to whom the mail was forwarded."""
    path = unsubscribe_path(amina, city.ids["news"])
    after = press(client, path, what="list").headers["Location"]
    spoilt = [after.rpartition("/")[0] + "/" + one for one in (change(after.rpartition("/")[2]), path[3:])]
    assert [client.get(one).status_code for one in spoilt] == [404, 404]
    assert [client.post(one).status_code for one in spoilt] == [404, 404]
    assert on(amina) == [city.ids["urgent"]]


def test_leaving_revokes_what_is_waiting(client: FlaskClient, city: City, amina: int):
    """A mail of that list which has not left never does; one of another list still goes."""
    rows = {}
    with db.writing():
        recipient = session.get_one(Recipient, amina)
        for slug in ("news", "urgent"):
            message = open_message(
                organisation_id=city.brand.id, stream=Stream.BULK, anchor=f"mailing:{slug}", sender_name="City",
                sender_address="news@example.org", bases=[list_basis(city.ids[slug])],
            )  # fmt: skip
            rows[slug] = _waiting(message, recipient, city.ids[slug])
    client.post(unsubscribe_path(amina, city.ids["news"]), data=ONE_CLICK)
    with db.reading():
        assert session.get_one(Delivery, rows["news"]).state is DeliveryState.REVOKED
        assert session.get_one(Delivery, rows["urgent"]).state is DeliveryState.PENDING


def _waiting(message_id: int, recipient: Recipient, basis_id: int) -> int:
    content = Content(
        organisation_id=recipient.organisation_id, digest=basis_id.to_bytes(32), language="en", source={},
        created_at=clock.now(),
    )  # fmt: skip
    session.add(content)
    session.flush()
    row = Delivery(
        message_id=message_id, recipient_id=recipient.id, content_id=content.id, stream=Stream.BULK, basis_id=basis_id,
        domain_index=recipient.domain_index, state=DeliveryState.PENDING, changed_at=clock.now(),
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row.id


@pytest.mark.parametrize("token", ["x", "AAAA", mint.__name__ * 5])
def test_an_altered_link_leaves_nothing(client: FlaskClient, city: City, amina: int, token: str):
    """A 404 with words, for the page and for the one-click POST."""
    assert client.get(f"/u/{token}").status_code == 404
    assert client.post(f"/u/{token}", data=ONE_CLICK).status_code == 404
    assert len(on(amina)) == 2


def test_a_link_for_something_else_leaves_nothing(client: FlaskClient, city: City, amina: int):
    """One purpose each: a confirmation or footer token is no unsubscribe link."""
    for purpose in (CONFIRM, FOOTER, PREFERENCES):
        token = mint(purpose, amina, city.ids["news"])
        assert client.post(f"/u/{token}", data=ONE_CLICK).status_code == 404
    assert len(on(amina)) == 2


def test_a_forged_post_without_token_changes_nothing(client: FlaskClient, city: City, amina: int):
    """The button's form is signed; only the one-click body goes without."""
    assert client.post(unsubscribe_path(amina, city.ids["news"]), data={"what": "all"}).status_code == 422
    assert len(on(amina)) == 2
    assert count(Consent) == 2
