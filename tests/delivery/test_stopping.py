"""Pause, cancellation, withdrawal and suppression in the middle of a mailing: after the commit nothing more leaves."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from mobilize.core import db
from mobilize.core.db import session
from mobilize.core.errors import Conflict
from mobilize.core.settings import Settings
from mobilize.delivery.bases import list_basis
from mobilize.delivery.messages import add_page, cancel_message, close_message, pause_message, resume_message, revoke
from mobilize.delivery.models import Delivery, DeliveryState, Message, MessageState, Stream, SuppressionReason
from mobilize.delivery.retries import retry_unknown
from mobilize.delivery.smtp.transport import Deferred, Lost, Phase
from mobilize.delivery.suppression.service import revoke_for, suppress, suppression_of, unsuppress
from tests.delivery.engine_world import (
    FakeTransport,
    World,
    drain,
    groups,
    index_of,
    make_world,
    message_row,
    reasons,
    states,
)

WINDOW = 4


@pytest.fixture(autouse=True)
def _installed(installation: Settings) -> None:
    """Every test here has a database, keys and Redis."""


def after(count: int, action: object) -> FakeTransport:
    """A transport during whose message number ``count`` (from 0) something else commits."""

    def before(sent: int) -> None:
        if sent == count:
            with db.writing():
                action()  # type: ignore[operator]

    return FakeTransport(before=before)


def test_pause_takes_effect_with_the_next_window() -> None:
    """The open window leaves; the rest stays pending until the message is resumed, and then leaves once."""
    world = make_world(people=12)
    message_id = world.launch()
    transport = after(1, lambda: pause_message(message_id))
    drain(transport, window=WINDOW)
    assert len(transport.sent) == WINDOW
    assert states(message_id) == {"accepted": WINDOW, "pending": 12 - WINDOW}
    with db.writing():
        resume_message(message_id)
    rest = FakeTransport()
    drain(rest, window=WINDOW)
    assert len(set(transport.readers) | set(rest.readers)) == len(transport.sent + rest.sent) == 12


def test_cancellation_revokes_all_that_waits() -> None:
    """Claimed rows are revoked with the rest, and the message cannot be resumed."""
    world = make_world(people=12)
    message_id = world.launch()
    transport = after(1, lambda: cancel_message(message_id))
    drain(transport, window=WINDOW)
    assert states(message_id) == {"accepted": WINDOW, "revoked": 12 - WINDOW}
    assert groups(message_id).total == groups(message_id).audience == 12
    with pytest.raises(Conflict), db.writing():
        resume_message(message_id)


def test_a_cancelled_anchor_takes_its_messages_along() -> None:
    """``revoke`` ends every live message of the anchor and no other."""
    world = make_world(people=3)
    first, second = world.launch(), world.launch()
    with db.writing():
        assert revoke(session.get_one(Message, first).anchor, "event-cancelled") == 3
    assert reasons(first) == [("revoked", "event-cancelled")] * 3
    assert message_row(second).state is MessageState.SENDING


def test_a_launch_that_is_cancelled_takes_no_more_pages() -> None:
    """The next page is refused as a whole, and the audience is what was prepared."""
    world = make_world(people=3, lists=2)
    message_id = world.open()
    with db.writing():
        add_page(message_id, world.page([world.lists[0]]))
    with db.writing():
        cancel_message(message_id)
    with pytest.raises(Conflict), db.writing():
        add_page(message_id, world.page([world.lists[1]]))
    assert groups(message_id).audience == groups(message_id).revoked == 3


def test_withdrawal_takes_effect_with_the_next_window() -> None:
    """Who leaves while their row is claimed gets nothing; the others do."""
    world = make_world(people=12)
    message_id = world.launch()
    transport = after(1, lambda: revoke_for(world.people[10], list_basis(world.lists[0]), ()))
    drain(transport, window=WINDOW)
    assert "reader-10@example.net" not in transport.readers
    assert states(message_id) == {"accepted": 11, "revoked": 1}
    assert message_row(message_id).state is MessageState.FINISHED


def test_withdrawal_on_the_wire_is_not_tried_again() -> None:
    """Who leaves while the server is answering "later" is revoked by that answer, not deferred."""
    world = make_world(people=1)
    message_id = world.launch()
    transport = after(0, lambda: revoke_for(world.people[0], list_basis(world.lists[0]), ()))
    transport.answer = lambda one: Deferred(one.key, Phase.RCPT, 451, "4.2.0", "later")
    drain(transport)
    assert reasons(message_id) == [("revoked", "withdrawn")]


def test_withdrawal_after_no_answer_is_not_sent_again_on_purpose() -> None:
    """An unknown row of somebody who left stays as it is when the others are sent again."""
    world = make_world(people=2)
    message_id = world.launch()
    drain(FakeTransport(answer=lambda one: Lost(one.key, Phase.DOT, "silence")))
    with db.writing():
        revoke_for(world.people[0], list_basis(world.lists[0]), ())
    with db.writing():
        assert retry_unknown(message_id) == 1
    again = FakeTransport()
    drain(again)
    assert again.readers == ["reader-1@example.net"]
    assert states(message_id) == {"accepted": 1, "unknown": 1}


def test_leaving_one_of_two_lists_moves_the_row_to_the_other() -> None:
    """The person is still entitled by the second list, until they leave that too."""
    world = make_world(people=1, lists=2)
    message_id = world.launch()
    first, second = world.lists
    with db.writing():
        assert revoke_for(world.people[0], list_basis(first), {list_basis(second)}) == 0
    with db.reading():
        assert session.scalar(select(Delivery.basis_id)) == second
    with db.writing():
        assert revoke_for(world.people[0], list_basis(second), ()) == 1
    assert reasons(message_id) == [("revoked", "withdrawn")]


def test_another_list_counts_only_if_the_message_targets_it() -> None:
    """Being on a list that this message does not go to keeps nobody in it."""
    world = make_world(people=1, lists=2)
    message_id = world.launch(lists=[world.lists[0]])
    with db.writing():
        assert revoke_for(world.people[0], list_basis(world.lists[0]), {list_basis(world.lists[1])}) == 1
    assert states(message_id) == {"revoked": 1}


def test_suppression_stops_rows_that_wait() -> None:
    """Pending and claimed rows of the address end as suppressed, in every message, with the reason."""
    world = make_world(people=6)
    first, second = world.launch(), world.launch()
    with db.writing():
        assert suppress(world.organisation.id, index_of(world, 2), SuppressionReason.COMPLAINT, "report") == 2
    transport = FakeTransport()
    drain(transport)
    assert "reader-2@example.net" not in transport.readers
    assert reasons(first)[2] == reasons(second)[2] == ("suppressed", "complaint")


def test_suppression_that_a_launch_missed_is_seen_by_the_claim() -> None:
    """A row written from an older view of the suppressions still does not leave."""
    world = make_world(people=2)
    message_id = world.launch()
    with db.writing():
        suppress(world.organisation.id, index_of(world, 0), SuppressionReason.HARD_BOUNCE, "test")
        session.execute(
            update(Delivery).where(Delivery.recipient_id == world.people[0]).values(state=DeliveryState.PENDING)
        )
        session.execute(update(Delivery).values(stop_reason=""))
    transport = FakeTransport()
    drain(transport)
    assert transport.readers == ["reader-1@example.net"]
    assert reasons(message_id)[0] == ("suppressed", "hard-bounce")


def test_a_weaker_reason_does_not_replace_a_stronger_one() -> None:
    """A complaint after a hard bounce leaves the hard bounce; the other way round it is replaced; both lift."""
    world = make_world(people=1)
    organisation, index = world.organisation.id, index_of(world, 0)
    with db.writing():
        suppress(organisation, index, SuppressionReason.COMPLAINT, "one")
        suppress(organisation, index, SuppressionReason.HARD_BOUNCE, "two")
        suppress(organisation, index, SuppressionReason.WITHDRAWAL, "three")
        found = suppression_of(organisation, index)
        assert found is not None
        assert found.reason is SuppressionReason.HARD_BOUNCE
        assert unsuppress(organisation, index, [SuppressionReason.WITHDRAWAL]) is False
        assert unsuppress(organisation, index) is True
        assert suppression_of(organisation, index) is None


def test_urgent_mail_is_stopped_like_bulk(world_of_one: World) -> None:
    """Urgency overrides no withdrawal."""
    message_id = world_of_one.launch(Stream.URGENT)
    with db.writing():
        suppress(world_of_one.organisation.id, index_of(world_of_one, 0), SuppressionReason.WITHDRAWAL, "test")
    transport = FakeTransport()
    drain(transport, Stream.URGENT)
    assert transport.sent == []
    assert states(message_id) == {"suppressed": 1}


def test_a_closed_launch_keeps_its_audience() -> None:
    """Closing twice, as a repeated task does, changes nothing."""
    world = make_world(people=2)
    message_id = world.launch()
    with db.writing():
        assert close_message(message_id) == 2


@pytest.fixture
def world_of_one() -> World:
    """One person on one list."""
    return make_world(people=1)
