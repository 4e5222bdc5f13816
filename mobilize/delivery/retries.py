"""Sending again on purpose: rows whose end is unknown, and rows that failed."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select, true, update

from mobilize.core import clock, doorbell
from mobilize.core.db import session
from mobilize.core.errors import Conflict
from mobilize.core.id_lists import one_of
from mobilize.delivery import holds
from mobilize.delivery.calendar_order import has_later
from mobilize.delivery.exchange import current_content
from mobilize.delivery.ledger import rests, rowcount
from mobilize.delivery.models import Delivery, DeliveryState, Message, MessageState
from mobilize.delivery.source_holds import hold_if_closed

_MAY_SEND = (MessageState.SENDING, MessageState.PAUSED, MessageState.HALTED, MessageState.FINISHED)


def retry_unknown(message_id: int, only: Collection[int] | None = None) -> int:
    """Send rows in ``unknown`` again, or ``only`` these of them, with the same Message-ID; how many.

    Most of them have arrived: their readers get a second copy.
    """
    return _again(message_id, DeliveryState.UNKNOWN, only)


def retry_failed(message_id: int) -> int:
    """Send the rows that failed again (after a cause on our side was mended); how many.

    Raises:
        Conflict: the message was cancelled.
    """
    return _again(message_id, DeliveryState.FAILED)


def _again(message_id: int, state: DeliveryState, only: Collection[int] | None = None) -> int:
    """Whoever left, or may not be mailed any more, stays out."""
    hold_if_closed(message_id)
    locked = select(Message).where(Message.id == message_id).with_for_update(key_share=True)
    message = session.scalars(locked, execution_options={"populate_existing": True}).one()
    if message.state not in _MAY_SEND:
        raise Conflict(f"this is {message.state}")
    rows = (
        update(Delivery)
        .where(Delivery.message_id == message_id, rests(state), Delivery.stop_reason == "", ~has_later())
        .where(true() if only is None else one_of(Delivery.id, only))
        .values(content_id=current_content(), state=DeliveryState.PENDING, reason="", attempts=0, next_at=None)
        .values(changed_at=clock.now())
    )
    count = rowcount(session.execute(rows, execution_options={"synchronize_session": False}))
    if count:
        holds.go_on(session.connection(), message_id)
        session.refresh(message)
    doorbell.wake(message.stream)
    return count
