"""Mail about accounts that an older version left waiting in the name of an organisation."""

from sqlalchemy import select

from mobilize.accounts.tick_steps import send_requested_mails
from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.core.settings import Settings
from mobilize.delivery.models import Delivery, Message, Stream
from mobilize.organisations.installation import installation_row
from tests.delivery.engine_world import FakeTransport, drain
from tests.upgrade.test_older_database import SHARED


def test_mail_about_accounts_that_waited_leaves_over_no_organisations_server(upgraded: Settings):
    """An older version left it in the name of the organisation, whose owner could read it: it is asked for anew."""
    transport = FakeTransport()
    drain(transport, Stream.TRANSACTIONAL)
    assert b"/studio/reset/" not in b"".join(one.message.replace(b"=\r\n", b"") for one in transport.sent)
    send_requested_mails(clock.now(), upgraded)
    moved = FakeTransport()
    drain(moved, Stream.TRANSACTIONAL)
    assert moved.readers == [SHARED]
    with db.reading():
        (copy,) = [one.key for one in moved.sent]
        message = session.get_one(Message, session.get_one(Delivery, copy).message_id)
        assert message.organisation_id == installation_row().id
        stopped = (
            select(Message.state).join(Delivery, Delivery.message_id == Message.id).where(Delivery.reason == "moved")
        )
        assert session.scalars(stopped).all() == ["cancelled"]
