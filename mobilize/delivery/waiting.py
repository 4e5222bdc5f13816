"""The rows that may leave, found by their indexes whatever the database believes of the table."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from sqlalchemy import ColumnElement, Select, Table, literal_column, select
from sqlalchemy.sql.elements import SQLCoreOperations

from mobilize.delivery.models import Delivery, DeliveryState, Message, MessageState, Stream

_rows, _messages = cast(Table, Delivery.__table__), cast(Table, Message.__table__)

IS_SENDING = _messages.c.state == literal_column(f"'{MessageState.SENDING.value}'")


def rests_as(state: DeliveryState) -> ColumnElement[bool]:
    """A condition with the state written out: partial indexes serve no bound parameter."""
    return _rows.c.resting == literal_column(f"'{state.value}'")


def waiting_rows(
    state: DeliveryState, stream: SQLCoreOperations[Stream] | Stream, message_id: SQLCoreOperations[int] | int
) -> Select[tuple[int]]:
    """The ids of one message's rows that rest in a state, in the order of the ledger.

    The message is asked for as a range that holds only itself, and the order begins with it, so that no other index
    gives this order. By an equality PostgreSQL knows that the message orders nothing. Then, with statistics from when
    most rows waited, it looks for the first that does from the start of the table, past all that have ended: each claim
    of a large mailing takes longer than the one before.
    """
    itself = _rows.c.message_id.between(message_id, message_id)
    waiting = select(_rows.c.id).where(rests_as(state), _rows.c.stream == stream, itself)
    return waiting.order_by(_rows.c.message_id, _rows.c.id)


def due_retries(stream: Stream, now: datetime, *of_messages: ColumnElement[bool]) -> Select[tuple[int]]:
    """The ids of deferred rows whose time has come, the longest due first, of messages that are being sent."""
    sending = select(_messages.c.id).where(IS_SENDING, *of_messages)
    due = rests_as(DeliveryState.DEFERRED) & (_rows.c.next_at <= now) & (_rows.c.stream == stream)
    return select(_rows.c.id).where(due, _rows.c.message_id.in_(sending)).order_by(_rows.c.next_at)
