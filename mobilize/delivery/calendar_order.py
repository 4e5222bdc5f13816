"""The order of calendar mail: of one person's rows of one calendar key, only the latest is still sent (RFC 5546).

send_many(calendar_key=…) ─► people locked ─► rows inserted ─► every earlier row of the key that waits is revoked, and
                             one that a server may be getting is marked against another attempt: all in one commit
claim ─► a row waits while an earlier one of its key is ``attempting``

So ids of a key rise with the commits that wrote them, and a server never gets an older entry after a newer one. A mail
program that does would show the old time of an event, or an event that was cancelled.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import cast

from sqlalchemy import ColumnElement, Table, and_, func, literal_column, select

from mobilize.core.db import session
from mobilize.core.id_lists import one_of
from mobilize.delivery.ledger import stop_rows
from mobilize.delivery.models import Content, Delivery, DeliveryState, Message, Stream
from mobilize.delivery.rules import STOPPABLE, SUPERSEDED
from mobilize.delivery.waiting import IS_SENDING, is_resting

_rows, _messages = cast(Table, Delivery.__table__), cast(Table, Message.__table__)
_earlier, _later = _rows.alias("earlier"), _rows.alias("later")


def earlier_is_leaving() -> ColumnElement[bool]:
    """Whether an earlier row of this row's key is on the wire; asks nothing for a row without a key."""
    same = and_(_earlier.c.recipient_id == _rows.c.recipient_id, _earlier.c.calendar_key == _rows.c.calendar_key)
    attempting = _earlier.c.state == literal_column(f"'{DeliveryState.ATTEMPTING.value}'")
    found = select(_earlier.c.id).where(same, _earlier.c.id < _rows.c.id, attempting).correlate(_rows)
    return and_(_rows.c.calendar_key.is_not(None), found.exists())


def has_later() -> ColumnElement[bool]:
    """Whether a later row of this row's key was written: this one is never sent again."""
    same = and_(_later.c.recipient_id == _rows.c.recipient_id, _later.c.calendar_key == _rows.c.calendar_key)
    found = select(_later.c.id).where(same, _later.c.id > _rows.c.id).correlate(_rows)
    return and_(_rows.c.calendar_key.is_not(None), found.exists())


def end_earlier(message_id: int, recipient_ids: Collection[int], key: str) -> int:
    """End what waits of a key for people who have just got a row of it in ``message_id``; how many rows were revoked.

    Their recipients are locked. The rows are locked in the order of their ids, as a worker's window takes them.
    """
    theirs = (one_of(Delivery.recipient_id, recipient_ids), Delivery.calendar_key == key)
    older = session.scalars(
        select(Delivery.id)
        .where(*theirs, Delivery.message_id != message_id, Delivery.state.in_(STOPPABLE))
        .order_by(Delivery.id)
        .with_for_update()
    ).all()
    return stop_rows(one_of(Delivery.id, older), DeliveryState.REVOKED, SUPERSEDED) if older else 0


def people_waiting(key: str, recipient_ids: Collection[int]) -> set[int]:
    """Those for whom a row of a key waits, which a row that is written now would end."""
    wanted = select(Delivery.recipient_id).where(
        one_of(Delivery.recipient_id, recipient_ids), Delivery.calendar_key == key, Delivery.state.in_(STOPPABLE)
    )
    return set(session.scalars(wanted))


def people_owed_an_entry(key: str, recipient_ids: Collection[int]) -> set[int]:
    """Those for whom a row of a key waits that carries an entry, be it to show or to take back."""
    has_entry = Content.source["calendar"].as_string() != ""
    wanted = select(Delivery.recipient_id).join(Content, Content.id == Delivery.content_id)
    theirs = (one_of(Delivery.recipient_id, recipient_ids), Delivery.calendar_key == key)
    return set(session.scalars(wanted.where(*theirs, Delivery.state.in_(STOPPABLE), has_entry)))


def waiting_for_earlier(message_id: int | None = None) -> int:
    """How many people wait for a message's mail, or for any, because an earlier one of its key is on the wire."""
    sending = select(_messages.c.id).where(_messages.c.stream.in_(list(Stream)), IS_SENDING)
    of_message = _rows.c.message_id.in_(sending) if message_id is None else _rows.c.message_id == message_id
    waits = and_(is_resting(DeliveryState.PENDING), _rows.c.stream.in_(list(Stream)), earlier_is_leaving())
    return session.scalar(select(func.count()).select_from(_rows).where(of_message, waits)) or 0
