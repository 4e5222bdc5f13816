"""A mailing's button: each reader's own link shows them recognised, with one press to sign."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from mobilize.actions.block import KIND, ActionButton
from mobilize.actions.models import ActOrigin, Shown
from mobilize.actions.purposes import ACT
from mobilize.actions.service import close
from mobilize.audiences.audience import Audience
from mobilize.core import clock, db, tokens
from mobilize.core.db import session
from mobilize.core.errors import Refused
from mobilize.core.feature import Freezing
from mobilize.core.settings import Settings
from mobilize.delivery.models import Recipient
from mobilize.delivery.recipients import change_contact
from mobilize.mailings import service
from mobilize.mailings.forms import parse_content_file
from mobilize.mailings.queries import mailing_anywhere
from mobilize.organisations.queries import Brand
from mobilize.subscribers.models import MailingList
from tests.actions.conftest import NOW, PETITION, found_petition, make_petition
from tests.actions.signing import acts, sign
from tests.crowd import make_people
from tests.mailings.postman import on_duty, text_of
from tests.signup.visiting import hidden, press


def make_readers(house: Brand, number: int, language: str = "en") -> list[int]:
    """Readers of the newsletter; call it inside a writing unit."""
    row = session.scalars(select(MailingList).where(MailingList.organisation_id == house.id)).one()
    return make_people(house, number, [row], language)  # type: ignore[arg-type]


def make_mailing(house: Brand, *blocks: dict[str, object], ended_by: str = "") -> str:
    """A mailing to the newsletter that is sent at the next launch; its uid."""
    content = parse_content_file(
        json.dumps({"name": "Call", "languages": {"en": {"subject": "Sign", "blocks": blocks}}})
    )
    with db.writing():
        row = session.scalars(select(MailingList).where(MailingList.organisation_id == house.id)).one()
        uid = service.create_mailing(Audience(house.id, (row.id,), ended_by=ended_by), content).uid
    with db.writing():
        service.send_mailing(mailing_anywhere(uid))
    return uid


def own_link(house: Brand, recipient_id: int) -> str:
    with db.reading():
        return f"/a/{tokens.mint(ACT, recipient_id, found_petition(house).id)}"


def test_each_copy_has_its_readers_own_link(house: Brand, petition: int, installation: Settings) -> None:
    """In HTML and text, not counted as a click; the link of one is not that of another."""
    with db.writing():
        people = make_readers(house, 2)
        uid = found_petition(house).uid
    make_mailing(house, {"type": "action", "action": uid}, {"type": "action", "action": uid, "text": "Join in"})
    with on_duty(installation) as postman:
        postman.launch()
        postman.deliver()
    texts = [text_of(mail) for mail in postman.mails]
    links = [set(re.findall(r"http://127.0.0.1:8000/a/(\S+)", text)) for text in texts]
    assert all(len(own) == 1 for own in links)
    assert sorted(tokens.read(ACT, token)[0] for own in links for token in own) == sorted(people)
    assert all("Sign the petition:" in text and "Join in:" in text for text in texts)
    html = postman.mails[0].get_body(("html",))
    assert html is not None
    assert set(re.findall(r'href="http://127.0.0.1:8000/a/([^"]+)"', html.get_content())) == links[0]


def test_an_old_link_acts_for_nobody(client: FlaskClient, house: Brand, petition: int) -> None:
    """Mail is passed on for years; three months after it was sent the link says that it has expired."""
    with db.writing():
        (person,) = make_readers(house, 1)
    link, lifetime = own_link(house, person), ACT.lifetime
    assert lifetime is not None
    with clock.frozen(clock.now() + lifetime + timedelta(days=1)):
        answer = client.get(link)
        assert (answer.status_code, "This link has expired" in answer.text) == (404, True)
        assert client.post(link).status_code == 404
    assert acts() == []


def test_one_press_signs(client: FlaskClient, house: Brand, petition: int) -> None:
    """The page shows the masked address and no name; opening it changes nothing; pressing twice counts once."""
    with db.writing():
        (person,) = make_readers(house, 1)
        change_contact(
            session.get_one(Recipient, person), house.uid, address="zahra@example.net", first_name="Zahra",
            last_name="Amiri",
        )  # fmt: skip
    link = own_link(house, person)
    page = client.get(link).text
    assert "z•••@e•••.net" in page
    assert "Zahra" not in page
    assert "zahra@" not in page
    assert f'href="{PETITION}' in page
    assert client.head(link).status_code == 200
    assert acts() == []
    token = hidden(page, "form_token")
    assert client.post(link, data={"form_token": token}).status_code == 303
    assert client.post(link, data={"form_token": token}).status_code in (303, 200)
    assert "You have signed" in client.get(link).text
    (act,) = acts()
    assert (act.origin, act.recipient_id) == (ActOrigin.MAIL, person)
    assert act.name == "Zahra Amiri"


def test_who_has_no_name_is_asked_for_it(client: FlaskClient, house: Brand, petition: int) -> None:
    with db.writing():
        (person,) = make_readers(house, 1)
        change_contact(session.get_one(Recipient, person), house.uid, first_name="", last_name="")
    link = own_link(house, person)
    assert press(client, link).status_code == 422
    assert press(client, link, name="Zahra").status_code == 303
    assert len(acts()) == 1


def test_a_country_can_be_left_out(client: FlaskClient, house: Brand) -> None:
    """One press is enough; the initials are those of the known name."""
    with db.writing():
        make_petition(house, shows=Shown.INITIALS)
        (person,) = make_readers(house, 1)
        change_contact(session.get_one(Recipient, person), house.uid, first_name="Zahra", last_name="Amiri")
    assert press(client, own_link(house, person)).status_code == 303
    (act,) = acts()
    assert (act.name, act.country) == ("Z. A.", "")


def test_who_signed_on_the_page_has_signed(client: FlaskClient, house: Brand, petition: int) -> None:
    sign(client)
    (act,) = acts()
    assert act.recipient_id is not None
    assert "You have signed" in client.get(own_link(house, act.recipient_id)).text


def test_the_link_says_kindly_when_it_is_closed(client: FlaskClient, house: Brand, petition: int) -> None:
    with db.writing():
        (person,) = make_readers(house, 1)
    link = own_link(house, person)
    token = hidden(client.get(link).text, "form_token")
    with db.writing():
        close(found_petition(house))
    page = client.get(link)
    assert (page.status_code, "This petition is closed. Thank you" in page.text) == (200, True)
    assert client.post(link, data={"form_token": token}).status_code == 409
    assert acts() == []


def test_a_closed_petition_is_a_way_to_its_page(house: Brand, petition: int) -> None:
    """The block has kind words and no personal link; it names the version that it shows."""
    with db.writing():
        row = found_petition(house)
        open_version, uid = row.version, row.uid
        close(row)
    with db.reading():
        found = KIND.freeze(ActionButton(uid), Freezing(house.id, "en", NOW))
    assert "act_link" not in found.fields
    assert found.fields["words"] == "This petition is closed. Thank you for wanting to sign it."
    assert found.live == {f"action:{uid}": open_version + 1}


@pytest.mark.parametrize("uid", ["nothing", ""])
def test_a_block_of_nothing_is_refused(house: Brand, petition: int, uid: str) -> None:
    with db.reading(), pytest.raises(Refused, match="gone"):
        KIND.freeze(ActionButton(uid), Freezing(house.id, "en", NOW))
