"""New content for what has not left: one UPDATE takes the rows that wait out of workers' hands.

exchange -> content_changes, the rows that wait (pending, claimed, deferred): new content, no claim
a row that was in flight waits again (answered "later", sent again by a press) -> current_content

A worker that has rendered the old copy finds its claim gone when it commits its window. Rows that left keep theirs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from sqlalchemy import ColumnElement, Table, case, delete, func, insert, select, update

from mobilize.core import clock, doorbell
from mobilize.core.db import session
from mobilize.core.errors import Conflict, NotFound
from mobilize.delivery.ledger import rowcount
from mobilize.delivery.models import ContentChange, Delivery, DeliveryState, Message
from mobilize.delivery.rules import LIVE, WAITING, changes_with

_rows, _changes = cast(Table, Delivery.__table__), cast(Table, ContentChange.__table__)


def exchange(message_id: int, contents: Mapping[int, int]) -> int:
    """Give the rows of a message that wait new content, old id -> new id; how many rows.

    Store the new contents and their links first. Whoever still adds pages adds them with the new contents, under the
    same lock. A repeated call changes nothing.

    Raises:
        Conflict: the message was cancelled or is finished.
    """
    message = locked_message(message_id)
    if message.state not in LIVE:
        raise Conflict(f"this is {message.state}")
    changed = {old: new for old, new in contents.items() if old != new}
    if not changed:
        return 0
    _store(message_id, changed)
    count = _replace(message_id, changed)
    doorbell.wake(message.stream)
    return count


def current_content() -> ColumnElement[int]:
    """The content that a row gets if it is to leave now: its own, or the one that took its place.

    For an UPDATE of rows whose message is locked by the transaction: an exchange comes wholly before or after.
    """
    newer = select(_changes.c.new_content_id).where(
        _changes.c.message_id == _rows.c.message_id, _changes.c.old_content_id == _rows.c.content_id
    )
    return func.coalesce(newer.scalar_subquery(), _rows.c.content_id)


def locked_message(message_id: int) -> Message:
    """The message, read anew and held until the commit: a worker's window waits for it, or comes before.

    Raises:
        NotFound: there is none of this id.
    """
    locked = select(Message).where(Message.id == message_id).with_for_update(key_share=True)
    found = session.scalar(locked, execution_options={"populate_existing": True})
    if found is None:
        raise NotFound("message")
    return found


def _store(message_id: int, changed: Mapping[int, int]) -> None:
    of_message = _changes.c.message_id == message_id
    stored = session.execute(select(_changes.c.old_content_id, _changes.c.new_content_id).where(of_message)).all()
    changes = changes_with({row.old_content_id: row.new_content_id for row in stored}, changed)
    session.execute(delete(_changes).where(of_message))
    rows = [
        {"message_id": message_id, "old_content_id": old, "new_content_id": new, "at": clock.now()}
        for old, new in changes.items()
    ]
    if rows:
        session.execute(insert(_changes), rows)


def _replace(message_id: int, changed: Mapping[int, int]) -> int:
    waiting = Delivery.state.in_(WAITING) & (Delivery.content_id.in_(changed))
    is_claimed = Delivery.state == DeliveryState.CLAIMED
    values = {
        "content_id": case(dict(changed), value=Delivery.content_id, else_=Delivery.content_id),
        "state": case((is_claimed, DeliveryState.PENDING.value), else_=Delivery.state),
        "claim_id": None,
        "changed_at": clock.now(),
    }
    statement = update(Delivery).where(Delivery.message_id == message_id, waiting).values(values)
    return rowcount(session.execute(statement, execution_options={"synchronize_session": False}))
