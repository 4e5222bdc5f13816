"""The rows that may leave, found by their indexes also where statistics are of another hour."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from sqlalchemy import ColumnElement, Connection, Select, Table, func, literal_column, select
from sqlalchemy.sql.elements import SQLCoreOperations

from mobilize.delivery.models import Delivery, DeliveryState, Message, MessageState, Stream

_rows, _messages = cast(Table, Delivery.__table__), cast(Table, Message.__table__)

_OTHER_WAYS = ("seqscan", "bitmapscan", "sort", "incremental_sort", "hashjoin", "mergejoin")
_WITHOUT_THEM = select(*(func.set_config(f"enable_{way}", "off", True) for way in _OTHER_WAYS))

IS_SENDING = _messages.c.state == literal_column(f"'{MessageState.SENDING.value}'")


def look_up_by_index(connection: Connection) -> None:
    """Until its transaction ends, PostgreSQL follows indexes, row by row, wherever there is one.

    Its statistics are of another hour. With those from a launch, when every row waits, it thinks that whatever it reads
    first will do, and reads past all that have ended or sorts all that wait, for every claim anew.
    """
    if connection.dialect.name != "sqlite":
        connection.execute(_WITHOUT_THEM)


def is_resting(state: DeliveryState) -> ColumnElement[bool]:
    """A condition with the state written out: an index of one state serves no bound parameter."""
    return _rows.c.resting == literal_column(f"'{state.value}'")


def resting_rows(
    state: DeliveryState, stream: SQLCoreOperations[Stream] | Stream, message_id: SQLCoreOperations[int] | int
) -> Select[tuple[int]]:
    """The ids of one message's rows that rest in a state, in the order of the ledger.

    The message is asked for as a range that holds only itself: with ``=``, PostgreSQL drops it from the order, and the
    primary key gives the order, too, past all that have ended. So only ``ix_deliveries_resting`` gives it.
    """
    itself = _rows.c.message_id.between(message_id, message_id)
    waiting = select(_rows.c.id).where(is_resting(state), _rows.c.stream == stream, itself)
    return waiting.order_by(_rows.c.message_id, _rows.c.id)


def due_retries(stream: Stream, now: datetime, *of_messages: ColumnElement[bool]) -> Select[tuple[int]]:
    """The ids of deferred rows whose time has come, the longest due first, of messages that are being sent."""
    sending = select(_messages.c.id).where(_messages.c.stream == stream, IS_SENDING, *of_messages)
    due = is_resting(DeliveryState.DEFERRED) & (_rows.c.next_at <= now) & (_rows.c.stream == stream)
    return select(_rows.c.id).where(due, _rows.c.message_id.in_(sending)).order_by(_rows.c.next_at)
