"""Forgetting people whom nothing holds: an address typed into a form by whoever, and not confirmed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import Column, delete, func, select, union, update

from mobilize.core.db import Base, session
from mobilize.core.id_lists import one_of
from mobilize.delivery.models import Delivery, Message, Recipient, Stream


def forget_recipients(recipient_ids: Sequence[int]) -> list[int]:
    """Delete those of these recipients whom nothing holds, with the transactional mails to them; who was deleted.

    A feature holds a person by a foreign key to their recipient (a subscriber, a registration, a request that waits),
    and the ledger by a mail that was not transactional. Suppressions are kept by address and stay.
    """
    if not recipient_ids:
        return []
    # Locked before anything of theirs is looked for: whoever writes a row for them holds them, too.
    locked = select(Recipient.id).where(one_of(Recipient.id, recipient_ids)).order_by(Recipient.id).with_for_update()
    found = list(session.scalars(locked))
    forgotten = sorted(set(found) - _held(found)) if found else []
    if forgotten:
        _delete_mails(forgotten)
        session.execute(delete(Recipient).where(one_of(Recipient.id, forgotten)))
    return forgotten


def _held(recipient_ids: Collection[int]) -> set[int]:
    """Those whom a row of some feature or a mail to a list names."""
    by_features = [select(column).where(one_of(column, recipient_ids)) for column in _holders()]
    mailed = (
        select(Delivery.recipient_id)
        .join(Message, Message.id == Delivery.message_id)
        .where(one_of(Delivery.recipient_id, recipient_ids), Message.stream != Stream.TRANSACTIONAL)
    )
    return set(session.scalars(union(mailed, *by_features)))


def _holders() -> Iterator[Column[int]]:
    """Every column that refers to a recipient and does not go with them, whichever feature's it is."""
    for table in Base.metadata.tables.values():
        for key in table.foreign_keys:
            if key.target_fullname == f"{Recipient.__tablename__}.id" and key.ondelete != "CASCADE":
                yield key.parent


def _delete_mails(recipient_ids: Sequence[int]) -> None:
    """Their rows, and the messages that were to nobody else; other messages have fewer people now."""
    counts = select(Delivery.message_id, func.count()).where(one_of(Delivery.recipient_id, recipient_ids))
    # Messages are locked before their rows, as everywhere: a worker that holds one is waited for.
    theirs = select(Delivery.message_id).where(one_of(Delivery.recipient_id, recipient_ids))
    session.execute(select(Message.id).where(Message.id.in_(theirs)).order_by(Message.id).with_for_update()).all()
    numbers = session.execute(counts.group_by(Delivery.message_id)).all()
    session.execute(delete(Delivery).where(one_of(Delivery.recipient_id, recipient_ids)))
    left = select(Delivery.message_id).where(one_of(Delivery.message_id, [row[0] for row in numbers])).distinct()
    shared = set(session.scalars(left))
    empty = [message_id for message_id, _count in numbers if message_id not in shared]
    session.execute(delete(Message).where(one_of(Message.id, empty)))
    for message_id, count in numbers:
        if message_id in shared:
            fewer = {"prepared": Message.prepared - count, "audience": Message.audience - count}
            session.execute(update(Message).where(Message.id == message_id).values(fewer))
