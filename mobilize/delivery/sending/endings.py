"""What follows from recorded rows: a finished message, a halted one, an address that does not exist."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple, cast

import structlog
from sqlalchemy import ColumnElement, Connection, Table, case, func, literal_column, select, update

from mobilize.core import db
from mobilize.core.db import session
from mobilize.core.id_lists import listed, one_of
from mobilize.delivery import holds
from mobilize.delivery.models import (
    Claim,
    Delivery,
    DeliveryState,
    HoldCause,
    Message,
    MessageState,
    Recipient,
    Stream,
    SuppressionReason,
)
from mobilize.delivery.rules import MOST_FAILED, OPEN, TRIED, most_failed
from mobilize.delivery.suppression.service import suppress
from mobilize.delivery.waiting import IS_SENDING, resting_rows

log = structlog.get_logger(__name__)

_messages, _rows = cast(Table, Message.__table__), cast(Table, Delivery.__table__)
_claims = cast(Table, Claim.__table__)


def _is_in(states: Iterable[DeliveryState]) -> ColumnElement[bool]:
    return _rows.c.state.in_([literal_column(f"'{state.value}'") for state in states])


_IS_OPEN, _WAS_TRIED, _HAS_FAILED = _is_in(OPEN), _is_in(TRIED), _is_in([DeliveryState.FAILED])


class Rows(NamedTuple):
    """Of one message: how many rows, and how many of them are open, were handed to a server, failed."""

    number: int
    still_open: int
    tried: int
    failed: int


NO_ROWS = Rows(0, 0, 0, 0)


def finish_messages(
    connection: Connection, message_ids: Collection[int], now: datetime, *, claimed_too: bool = False
) -> list[int]:
    """Finish those of the messages whose rows have all ended and sum to the audience; their ids.

    One that a claim names is left to whoever ends that claim, unless ``claimed_too``: then its rows are read, because
    they may have ended while the claim goes on with another message's. A message whose rows do not sum is left as it
    is, and said so: that would be a fault of ours.
    """
    audiences = _perhaps_done(connection, message_ids, claimed_too=claimed_too)
    complete = _complete(connection, audiences) if audiences else {}
    if complete:
        # Locked first: whoever sends some of the rows again meanwhile is seen by the statement that follows.
        locked = select(_messages.c.id).where(one_of(_messages.c.id, complete)).order_by(_messages.c.id)
        connection.execute(locked.with_for_update(key_share=True)).all()
        still_open = select(_rows.c.id).where(_rows.c.message_id == _messages.c.id, _IS_OPEN)
        statement = update(_messages).where(one_of(_messages.c.id, complete), IS_SENDING, ~still_open.exists())
        reason = case(
            (one_of(_messages.c.id, [one for one, failed in complete.items() if failed]), MOST_FAILED), else_=""
        )
        connection.execute(statement.values(state=MessageState.FINISHED, state_reason=reason, finished_at=now))
    return [*complete]


def sending_messages(connection: Connection, among: Collection[int] | None = None) -> list[int]:
    """Which messages, or which of these, are being sent."""
    chosen = _messages.c.stream.in_(list(Stream)) if among is None else one_of(_messages.c.id, among)
    return list(connection.execute(select(_messages.c.id).where(IS_SENDING, chosen)).scalars())


def halt_message(connection: Connection, message_id: int, reason: str) -> bool:
    """Stop a message because its sender is refused; whether nothing had stopped it for that before."""
    return holds.hold(connection, message_id, HoldCause.REFUSAL, reason)


def suppress_recipients(deliveries: dict[int, SuppressionReason]) -> None:
    """Mail these recipients' addresses no more, in a unit of its own; these rows are left to whoever holds them."""
    if not deliveries:
        return
    with db.writing():
        found = session.execute(
            select(Delivery.id, Recipient.organisation_id, Recipient.address_index)
            .join(Recipient, Recipient.id == Delivery.recipient_id)
            .where(Delivery.id.in_(deliveries))
            .order_by(Recipient.id)
        ).all()
        for delivery_id, organisation_id, address_index in found:
            reason, source = deliveries[delivery_id], f"delivery:{delivery_id}"
            suppress(organisation_id, address_index, reason, source, all_but=deliveries)


def _perhaps_done(connection: Connection, message_ids: Collection[int], *, claimed_too: bool) -> dict[int, int]:
    """The audiences of those of which no row waits, and which no claim names unless ``claimed_too``.

    Asked first, because claims and an index answer it without reading all rows.
    """
    closed = (IS_SENDING, _messages.c.audience.is_not(None))
    found = select(_messages.c.id, _messages.c.audience).where(one_of(_messages.c.id, message_ids), *closed)
    none = (_none_rests(DeliveryState.PENDING), _none_rests(DeliveryState.DEFERRED))
    if not claimed_too:
        found = found.where(_messages.c.id.not_in(listed(_claims.c.message_ids)))
    return {row.id: row.audience for row in connection.execute(found.where(*none).order_by(_messages.c.id))}


def _none_rests(state: DeliveryState) -> ColumnElement[bool]:
    first = resting_rows(state, _messages.c.stream, _messages.c.id).limit(1)
    return first.correlate(_messages).scalar_subquery().is_(None)


def _complete(connection: Connection, audiences: dict[int, int]) -> dict[int, bool]:
    """Those whose rows have all ended and sum, each with whether most of the copies that were tried failed."""
    found = dict.fromkeys(audiences, NO_ROWS) | _ended_rows(connection, audiences)
    ended = {message_id: rows for message_id, rows in found.items() if not rows.still_open}
    for message_id, rows in ended.items():
        if rows.number != audiences[message_id]:
            log.error("delivery.does_not_sum", message=message_id, rows=rows.number, audience=audiences[message_id])
    summed = {message_id: rows for message_id, rows in ended.items() if rows.number == audiences[message_id]}
    return {message_id: most_failed(rows.tried, rows.failed) for message_id, rows in summed.items()}


def _ended_rows(connection: Connection, audiences: dict[int, int]) -> dict[int, Rows]:
    counts = (func.count(), _number(_IS_OPEN), _number(_WAS_TRIED), _number(_HAS_FAILED))
    per_message = select(_rows.c.message_id, *counts).where(one_of(_rows.c.message_id, audiences))
    found = connection.execute(per_message.group_by(_rows.c.message_id))
    return {message_id: Rows(*numbers) for message_id, *numbers in found}


def _number(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))
