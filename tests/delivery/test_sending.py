"""From launch to record: everyone once, every row accounted for."""

from __future__ import annotations

from email import policy
from email.parser import BytesParser

import dkim
import pytest
from sqlalchemy import select, update

from mobilize.core import clock, crypto, db
from mobilize.core.db import session
from mobilize.core.errors import Conflict
from mobilize.core.settings import Settings
from mobilize.delivery.messages import add_page, close_message, open_message
from mobilize.delivery.models import Delivery, MessageState, Recipient, Stream, SuppressionReason
from mobilize.delivery.sending import upkeep
from mobilize.delivery.sending.return_path import delivery_of
from mobilize.delivery.suppression.service import suppress
from mobilize.organisations.domain_keys import new_private_key, public_text
from mobilize.organisations.models import DkimKey
from tests.delivery.engine_world import FakeTransport, drain, groups, index_of, make_world, message_row, states


@pytest.fixture(autouse=True)
def _installed(installation: Settings) -> None:
    """Every test here has a database, keys and Redis."""


def test_everyone_gets_one_copy() -> None:
    """A person on three lists is one row and gets one mail."""
    world = make_world(people=7, lists=3)
    message_id = world.launch()
    transport = FakeTransport()
    assert drain(transport) is False
    assert sorted(transport.readers) == [f"reader-{number}@example.net" for number in range(7)]
    assert states(message_id) == {"accepted": 7}
    assert groups(message_id).audience == 7
    assert message_row(message_id).state is MessageState.FINISHED


def test_mail_is_personal() -> None:
    """Name, personal links and return path are the reader's own, and the content is shared."""
    world = make_world(people=2)
    world.launch()
    transport = FakeTransport()
    drain(transport)
    first, second = (BytesParser(policy=policy.default).parsebytes(one.message) for one in transport.sent)
    assert first["To"] == "Reader 0 <reader-0@example.net>"
    assert "Dear Reader 0" in first.get_body(("plain",)).get_content()
    assert first["List-Unsubscribe"] != second["List-Unsubscribe"]
    assert first["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "https://example.org/news" not in first.get_body(("html",)).get_content()
    assert "/l/" in first.get_body(("html",)).get_content()
    assert [delivery_of(one.sender) for one in transport.sent] == [one.key for one in transport.sent]


def test_mail_is_signed_by_the_active_key() -> None:
    """Of three keys of the sender's domain one signs, and dkimpy verifies it: not the retired, nor the coming one."""
    world = make_world(people=1)
    with db.writing():
        made, pem = world.organisation.created_at, new_private_key()
        for selector, activated, retired in (("old", made, made), ("active", made, None), ("coming", None, None)):
            key = DkimKey(
                organisation_id=world.organisation.id,
                domain="example.org",
                selector=selector,
                created_at=made,
                activated_at=activated,
                retired_at=retired,
            )
            key.private_key = pem
            session.add(key)
    world.launch()
    transport = FakeTransport()
    drain(transport)
    records = {b"active._domainkey.example.org.": public_text(pem).encode()}
    assert dkim.verify(transport.sent[0].message, dnsfunc=lambda name, timeout=5: records.get(name))


def test_suppressed_people_are_rows_with_a_reason() -> None:
    """They count in the audience and get nothing."""
    world = make_world(people=3)
    with db.writing():
        suppress(world.organisation.id, index_of(world, 1), SuppressionReason.COMPLAINT, "test")
    message_id = world.launch()
    transport = FakeTransport()
    drain(transport)
    assert transport.readers == ["reader-0@example.net", "reader-2@example.net"]
    assert states(message_id) == {"accepted": 2, "suppressed": 1}
    assert groups(message_id).audience == 3
    assert message_row(message_id).state is MessageState.FINISHED


def test_a_row_counts_for_its_readers_domain() -> None:
    """The limits of a domain go by the ledger row: it carries the index of its own reader's domain."""
    world = make_world(people=2)
    with db.writing():
        other = update(Recipient).where(Recipient.id == world.people[1])
        session.execute(other.values(domain_index=crypto.domain_index(world.organisation.uid, "@big.example.net")))
    message_id = world.launch()
    with db.reading():
        rows = select(Delivery.recipient_id, Delivery.domain_index).where(Delivery.message_id == message_id)
        assert dict(session.execute(rows).all()) == {
            world.people[0]: crypto.domain_index(world.organisation.uid, "@example.net"),
            world.people[1]: crypto.domain_index(world.organisation.uid, "@big.example.net"),
        }


def test_sending_begins_with_the_first_page() -> None:
    """Rows of the first page leave while the rest is still being prepared; it ends only after the last page."""
    world = make_world(people=4, lists=2)
    message_id = world.open()
    with db.writing():
        add_page(message_id, world.page([world.lists[0]]))
    transport = FakeTransport()
    drain(transport)
    assert groups(message_id).audience is None
    assert groups(message_id).prepared == 4
    assert message_row(message_id).state is MessageState.SENDING
    with db.writing():
        assert add_page(message_id, world.page([world.lists[1]])) == 0
        assert close_message(message_id) == 4
    drain(transport)
    assert len(transport.sent) == 4


def test_an_empty_audience_is_final_at_once() -> None:
    """Nobody to mail: the message is closed with an audience of none, and finished by the next tick."""
    world = make_world(people=0)
    message_id = world.launch()
    assert groups(message_id).audience == 0
    upkeep.finish(clock.now())
    assert message_row(message_id).state is MessageState.FINISHED


def test_the_same_key_is_launched_once() -> None:
    """A second launch with the same key is refused and changes nothing."""
    world = make_world(people=1)

    def launch() -> int:
        return open_message(
            organisation_id=world.organisation.id,
            stream=Stream.BULK,
            anchor="mailing:one",
            sender_name="Example",
            sender_address="news@example.org",
            dedupe_key="mailing:one",
        )

    with db.writing():
        launch()
    with pytest.raises(Conflict), db.writing():
        launch()


def test_another_organisations_people_stay_out() -> None:
    """A page that names a stranger's recipients adds none of them."""
    world, stranger = make_world(people=2), make_world(people=3)
    message_id = world.open()
    with db.writing():
        assert add_page(message_id, stranger.page()) == 0
