"""What came back of a mailing stands in its report, in sums."""

from __future__ import annotations

from flask.testing import FlaskClient
from sqlalchemy import select

from mobilize.audiences.audience import Audience
from mobilize.core import db
from mobilize.core.db import session
from mobilize.core.settings import Settings
from mobilize.delivery.models import Delivery
from mobilize.mailings import service
from mobilize.mailings.forms import parse_content_file
from mobilize.mailings.launch import launch_due
from mobilize.mailings.queries import mailing_anywhere
from tests.crowd import make_list, make_people
from tests.delivery.engine_world import FakeTransport, drain
from tests.delivery.returned_mail import COMPLAINT, HARD, come_back, path_of
from tests.factories import make_organisation
from tests.staff import COOKIE, sign_in

CONTENT = b'{"name": "Letter", "languages": {"en": {"subject": "Hi", "blocks": [{"type": "text", "markdown": "Hi."}]}}}'


def test_bounces_and_complaints_are_shown(client: FlaskClient, installation: Settings) -> None:
    """Only once there are any; each kind with how many and what follows."""
    with db.writing():
        house = make_organisation()
        topic = make_list(house)
        make_people(house, 3, [topic])
        row = service.create_mailing(Audience.of(house.id, [topic.id]), parse_content_file(CONTENT.decode()))
    with db.writing():
        service.send_mailing(mailing_anywhere(row.uid))
        client.set_cookie(COOKIE, sign_in(house.id))
    launch_due()
    drain(FakeTransport())
    place = f"/studio/{house.slug}/mailings/{row.uid}/report"
    assert "Came back later" not in client.get(place).text
    with db.reading():
        first, second, _third = session.scalars(select(Delivery.id).order_by(Delivery.id)).all()
    come_back(HARD, path_of(first))
    come_back(COMPLAINT, path_of(second))
    page = client.get(place).text
    for words in ("Came back later", "There is no such address", "Reported as spam", "They are not mailed again"):
        assert words in page
    assert "The mailbox did not take it" not in page
