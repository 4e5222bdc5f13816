"""Mail on the basis of an act: whom it reaches, why, and how a person stops it."""

from __future__ import annotations

import re
from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy import select

from mobilize.audiences.audience import Audience
from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.core.settings import Settings
from mobilize.delivery.models import BasisKind, Delivery, DeliveryState
from mobilize.mailings import service
from mobilize.mailings.forms import parse_content_file
from mobilize.mailings.launch import launch_due
from mobilize.mailings.queries import mailing_anywhere
from mobilize.organisations.queries import Brand
from tests.actions.conftest import found_petition
from tests.actions.signing import sign
from tests.mailings.postman import on_duty, text_of
from tests.signup.visiting import press

CONTENT = '{"name": "News", "languages": {"en": {"subject": "News", "blocks": [{"type": "text", "markdown": "Hi."}]}}}'


def write_to_signers(house: Brand) -> None:
    with db.writing():
        group = f"{found_petition(house).ref}:acted"
        uid = service.create_mailing(Audience(house.id, group=group), parse_content_file(CONTENT)).uid
    with db.writing():
        service.send_mailing(mailing_anywhere(uid))
    launch_due()


def states() -> list[tuple[str, str]]:
    with db.reading():
        wanted = select(Delivery.state, Delivery.reason).where(Delivery.basis_kind == BasisKind.ACT)
        found = session.execute(wanted.order_by(Delivery.id))
        return [(state.value, reason) for state, reason in found]


def test_the_footer_says_why_and_leads_to_their_own_page(
    client: FlaskClient, house: Brand, petition: int, installation: Settings
) -> None:
    """What waits ends with the press; the signature still counts, and mail can be wanted again for 15 minutes."""
    sign(client)
    sign(client, "second@example.org")
    write_to_signers(house)
    assert states() == [("pending", "")] * 2
    with on_duty(installation) as postman:
        postman.deliver()
    text = text_of(postman.mails[0])
    assert "You receive this email because you took action: “Open the square”." in text
    assert "Your signature, and how to stop this email:" in text
    found = re.search(r"http://127\.0\.0\.1:8000(/a/own/\S+)", text)
    assert found is not None
    own = found[1]
    page = client.get(own).text
    assert "Open the square" in page
    assert "Amina" not in page
    write_to_signers(house)
    assert press(client, own, press="stop").status_code == 303
    assert sorted(states()) == [("accepted", ""), ("accepted", ""), ("pending", ""), ("revoked", "withdrawn")]
    assert "It still counts." in client.get(own).text
    write_to_signers(house)
    assert len(states()) == 5
    press(client, own, press="again")
    write_to_signers(house)
    assert len(states()) == 7
    assert DeliveryState.PENDING.value in dict(states())
    press(client, own, press="stop")
    with clock.frozen(clock.now() + timedelta(minutes=16)):
        late = press(client, own, press="again")
        assert (late.status_code, "Send me news of this again" in late.text) == (409, False)
