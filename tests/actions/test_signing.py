"""Signing as a stranger: counted once the mailbox's owner pressed, once an address; everybody gets the same answer."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select

from mobilize.actions.models import ActOrigin, Shown
from mobilize.actions.queries import count_acts
from mobilize.actions.service import close
from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.delivery.models import RecipientKind, SuppressionReason
from mobilize.delivery.recipients import contact_of, find_recipient
from mobilize.delivery.suppression.service import suppress, suppression_of
from mobilize.organisations.queries import Brand
from mobilize.subscribers.models import Consent, Subscription, SubscriptionState
from tests.actions.conftest import PETITION, found_petition, make_petition
from tests.actions.signing import PERSON, acts, ask, sign
from tests.signup.visiting import hidden, mails, press


def test_a_strangers_signature_counts_once_it_is_confirmed(client: FlaskClient, petition: int) -> None:
    """The page says what the target sees; opening the mailed link changes nothing, its button does; once."""
    page = client.get(PETITION).text
    assert "The recipient of the petition sees your name, and nothing else." in page
    assert "Please open the square." in page
    answer = ask(client)
    assert answer.headers["Location"].startswith(f"{PETITION}/sent?to=")
    assert acts() == []
    (mail,) = mails()
    assert mail.template == "actions/confirm"
    link = mail.links["action_url"]
    shown = client.get(link).text
    assert "Confirm my signature" in shown
    assert "Amina" not in shown
    assert client.head(link).status_code == 200
    assert acts() == []
    press(client, link, press="act")
    press_again = client.get(link).text
    assert "You have signed" in press_again
    assert "We hand it over in May." in press_again
    client.post(link, data={"press": "act", "form_token": hidden(client.get(f"{PETITION}/sent").text, "form_token")})
    (act,) = acts()
    assert (act.origin, act.seat, act.language) == (ActOrigin.PAGE, 1, "en")
    assert act.wording == "The recipient of the petition sees your name, and nothing else."
    assert act.name == "Amina Benali"


def test_a_repeat_counts_once_and_the_answer_is_the_same(client: FlaskClient, petition: int) -> None:
    sign(client)
    again = ask(client, " AMINA@example.org")
    other = ask(client, "other@example.org")
    assert (again.status_code, len(again.headers["Location"])) == (other.status_code, len(other.headers["Location"]))
    link = [mail for mail in mails() if mail.template == "actions/confirm"][1].links["action_url"]
    assert "counts already" in client.get(link).text
    assert press(client, link, press="act").status_code == 303
    assert len(acts()) == 1


def test_a_second_name_at_an_address_counts_where_it_is_allowed(client: FlaskClient, house: Brand) -> None:
    """Two names and no third; the same name once; elsewhere one address is one signature."""
    with db.writing():
        make_petition(house, allows_second_name=True)
    for name in ("Amina Benali", "amina  benali", "Omar Benali", "Third Person"):
        sign(client, name=name)
    assert [act.seat for act in acts()] == [1, 2]


def test_signing_and_agreeing_to_mail_are_two_things(client: FlaskClient, house: Brand, petition: int) -> None:
    """Ticked on the form, either press counts the signature; only one of them subscribes, with the words of the box."""
    ask(client, agrees="y")
    link = mails()[-1].links["action_url"]
    shown = client.get(link).text
    assert "Sign, and send me the emails" in shown
    press(client, link, press="act")
    sign(client, "both@example.org", press_value="both", agrees="y")
    sign(client, "neither@example.org", press_value="both")
    assert len(acts()) == 3
    with db.reading():
        (row,) = session.scalars(select(Subscription).where(Subscription.state == SubscriptionState.SUBSCRIBED))
        (consent,) = session.scalars(select(Consent))
        who = find_recipient(house.id, house.uid, RecipientKind.PERSON, "both@example.org")
        assert who is not None
        assert row.recipient_id == consent.recipient_id == who.id
        assert (consent.wording, consent.wording_version, consent.method) == (
            "Send me the newsletter.", 1, "double-opt-in",
        )  # fmt: skip
        assert consent.proof["action"] == found_petition(house).uid


def test_who_declined_every_mail_signs_all_the_same(client: FlaskClient, house: Brand, petition: int) -> None:
    """They caused the confirmation, so it leaves; what they declined stays declined."""
    ask(client)
    with db.writing():
        who = find_recipient(house.id, house.uid, RecipientKind.PERSON, PERSON)
        assert who is not None
        suppress(house.id, who.address_index, SuppressionReason.WITHDRAWAL, "test")
    sign(client)
    assert len(acts()) == 1
    with db.reading():
        found = suppression_of(house.id, who.address_index)
        assert found is not None
        assert found.reason is SuppressionReason.WITHDRAWAL


def test_without_a_script_a_second_press_signs(client: FlaskClient, petition: int) -> None:
    page = client.get(PETITION).text
    with time_machine.travel(clock.now(), tick=False) as traveller:
        token = hidden(client.get(PETITION).text, "form_token")
        second = client.post(PETITION, data={"form_token": token, "email": PERSON, "name": "Amina"})
        assert "One more step" in second.text
        assert mails() == []
        values = {name: hidden(second.text, name) for name in ("form_token", "email", "name", "press")}
        traveller.shift(timedelta(seconds=5))
        assert client.post(PETITION, data=values).status_code == 303
    assert len(mails()) == 1
    assert "signup.js" in page


def test_a_program_in_the_trap_gets_the_same_answer_and_nothing_is_written(client: FlaskClient, petition: int) -> None:
    assert ask(client, homepage="https://example.org").status_code == 303
    assert mails() == []


@pytest.mark.parametrize(
    ("shows", "fields", "name", "place", "country"),
    [
        (Shown.NOTHING, {}, "", "", ""),
        (Shown.INITIALS, {"initials": "A. B.", "country": "BE"}, "A. B.", "", "BE"),
        (Shown.ADDRESS, {"place": "Markt 1\n2800 Mechelen"}, "Amina Benali", "Markt 1\n2800 Mechelen", ""),
    ],
)
def test_only_what_the_target_sees_is_asked_and_kept(
    client: FlaskClient, house: Brand, shows: Shown, fields: dict[str, str], name: str, place: str, country: str
) -> None:
    with db.writing():
        make_petition(house, shows=shows)
    page = client.get(PETITION).text
    assert ('name="name"' in page) is (shows is Shown.ADDRESS)
    if fields:
        assert ask(client, "x@example.org").status_code == 422
    sign(client, **fields)
    (act,) = acts()
    assert (act.name, act.place, act.country) == (name, place, country)
    with db.reading():
        who = find_recipient(house.id, house.uid, RecipientKind.PERSON, PERSON)
        assert who is not None
        assert contact_of(who).name == ""


@pytest.mark.parametrize("fields", [{"email": "no address"}, {"name": ""}])
def test_a_refusal_stands_beside_its_field(client: FlaskClient, petition: int, fields: dict[str, str]) -> None:
    answer = ask(client, **{"address": fields.pop("email", PERSON), **fields})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert mails() == []


def test_a_closed_petition_has_kind_words_and_no_form(client: FlaskClient, house: Brand, petition: int) -> None:
    """On the page, behind a link that waits, and for a form that was opened before."""
    early = client.get(PETITION).text
    ask(client)
    link = mails()[-1].links["action_url"]
    with db.writing():
        close(found_petition(house))
    page = client.get(PETITION).text
    assert "This petition is closed. Thank you" in page
    assert 'name="email"' not in page
    late = client.post(PETITION, data={"form_token": hidden(early, "form_token"), "email": PERSON, "name": "A"})
    assert late.status_code == 409
    assert "This petition is closed" in client.get(link).text
    token = hidden(client.get(f"{PETITION}/sent").text, "form_token")
    assert client.post(link, data={"form_token": token, "press": "act"}).status_code in (409, 422)
    assert acts() == []


def test_it_opens_and_closes_by_the_clock(client: FlaskClient, house: Brand) -> None:
    now = clock.now()
    with db.writing():
        make_petition(house, opens_at=now + timedelta(days=1), closes_at=now + timedelta(days=3))
    assert "Signing opens on" in client.get(PETITION).text
    with time_machine.travel(now + timedelta(days=2), tick=False):
        assert 'name="email"' in client.get(PETITION).text
    with time_machine.travel(now + timedelta(days=4), tick=False):
        assert "This petition is closed" in client.get(PETITION).text


def test_the_public_number_shows_from_ten_on(client: FlaskClient, house: Brand, petition: int) -> None:
    for number in range(9):
        sign(client, f"person{number}@example.org")
    assert "Be among the first to sign." in client.get(PETITION).text
    ask(client, "waits@example.org")
    assert "people have signed" not in client.get(PETITION).text
    sign(client, "tenth@example.org")
    assert "10 people have signed." in client.get(PETITION).text
    with db.reading():
        assert count_acts(petition) == 10


def test_the_mail_is_sent_again_when_asked(client: FlaskClient, petition: int) -> None:
    sent = ask(client).headers["Location"]
    page = client.get(sent).text
    values = {"form_token": hidden(page, "form_token"), "to": hidden(page, "to")}
    assert client.post(f"{PETITION}/sent", data=values).status_code == 303
    assert [mail.template for mail in mails()] == ["actions/confirm"] * 2


@pytest.mark.parametrize("path", ["/a/confirm/nothing", "/a/nothing", "/a/own/nothing"])
def test_a_link_of_nobody_says_so(client: FlaskClient, house: Brand, path: str) -> None:
    assert client.get(path).status_code in (400, 403, 404)


def test_a_draft_has_no_page(client: FlaskClient, house: Brand) -> None:
    assert client.get("/city/act/nothing").status_code == 404
