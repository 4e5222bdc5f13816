"""How long the ledger knows who got what: a message's groups are stored for good, then its rows go, then its contents.

message that ended so long ago -> store_final (groups, reasons, what came back; the feature whose message it is may add
its own) -> rows in steps, with what came back -> contents without rows that nobody froze again

The message itself stays, with the links and how often each was opened: it names nobody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update

from mobilize.core.db import session
from mobilize.core.feature import Kept
from mobilize.core.i18n import lazy
from mobilize.core.id_lists import one_of
from mobilize.delivery import queries
from mobilize.delivery.bounces.queries import returned_of
from mobilize.delivery.contents import FRESH
from mobilize.delivery.models import Content, ContentChange, Delivery, Message, Return, Stream

LISTS = timedelta(days=730)
"""How long the rows of a message to many stay after it ended."""
SERVICE = timedelta(days=90)
"""The same for service mail: its rows hold personal values."""
LEFT_OVER = timedelta(days=30)
"""So much later the engine itself stores the groups of a message to many that no feature did."""
CONTENTS = LISTS + LEFT_OVER + FRESH
"""How long a content stays after it was last noted to be in use: by then the rows of its messages are gone."""
MESSAGES, ROWS = 200, 2000

_SERVICE = (Stream.TRANSACTIONAL,)
_LISTS = tuple(stream for stream in Stream if stream not in _SERVICE)


def ended_before(now: datetime, at_most: int = MESSAGES) -> Sequence[int]:
    """Messages to many whose time is over and whose groups are not stored yet, the longest ended first."""
    return _ended(_LISTS, now - LISTS, at_most)


def store_final(message_id: int, own: Mapping[str, Any]) -> bool:
    """Write down what became of a message's copies, before its rows go; false if that was done already.

    ``own`` is what the feature whose message it is adds, as plain data, merged where it tells of few people.
    """
    if queries.final_of(message_id) is not None:
        return False
    final = {
        "groups": {**queries.groups(message_id).by_group},
        "failures": [list(one) for one in queries.failure_reasons(message_id)],
        "stopped": [[state.value, reason, number] for state, reason, number in queries.stopped_reasons(message_id)],
        "returned": asdict(returned_of(message_id)),
        **own,
    }
    session.execute(update(Message).where(Message.id == message_id, Message.final.is_(None)).values(final=final))
    return True


def is_due(now: datetime) -> bool:
    """Whether anything is: asked with every tick, so by index, and no writer waits for it."""
    stored = select(Message.id).where(Message.final.is_not(None), Message.emptied_at.is_(None))
    old = select(Content.id).where(Content.created_at < now - CONTENTS)
    ended = _ended(_SERVICE, now - SERVICE, 1) or _ended(_LISTS, now - LISTS - LEFT_OVER, 1)
    return bool(ended) or any(session.scalar(one.limit(1)) is not None for one in (stored, old))


def store_service_mail(now: datetime) -> bool:
    """Store the groups of some service mails whose time is over, and of what nobody else stored; whether of any."""
    found = [*_ended(_SERVICE, now - SERVICE, MESSAGES), *_ended(_LISTS, now - LISTS - LEFT_OVER, MESSAGES)]
    for message_id in found:
        store_final(message_id, {})
    return bool(found)


def drop_rows(now: datetime) -> bool:
    """Delete some rows of messages whose groups are stored; whether there were such messages."""
    stored = select(Message.id).where(Message.final.is_not(None), Message.emptied_at.is_(None))
    message_ids = session.scalars(stored.order_by(Message.id).limit(MESSAGES)).all()
    if not message_ids:
        return False
    some = select(Delivery.id).where(one_of(Delivery.message_id, message_ids)).order_by(Delivery.id).limit(ROWS)
    rows = session.scalars(some).all()
    session.execute(delete(Return).where(one_of(Return.delivery_id, rows)))
    session.execute(delete(Delivery).where(one_of(Delivery.id, rows)))
    if len(rows) < ROWS:
        session.execute(delete(ContentChange).where(one_of(ContentChange.message_id, message_ids)))
        session.execute(update(Message).where(one_of(Message.id, message_ids)).values(emptied_at=now))
    return True


def drop_contents(now: datetime) -> bool:
    """Delete some contents that nobody froze for so long and that no row has; whether there were any to look at.

    The few that a row still has (a message that was paused for years) are looked at again as much later: no index
    knows the content of a row.
    """
    old = select(Content.id).where(Content.created_at < now - CONTENTS).order_by(Content.created_at).limit(MESSAGES)
    found = set(session.scalars(old))
    used = set(session.scalars(select(Delivery.content_id).where(one_of(Delivery.content_id, found)).distinct()))
    for column in (ContentChange.old_content_id, ContentChange.new_content_id):
        used |= set(session.scalars(select(column).where(one_of(column, found))))
    session.execute(update(Content).where(one_of(Content.id, used)).values(created_at=now))
    gone = one_of(Content.id, found - used)
    session.execute(delete(Content).where(gone, Content.created_at < now - CONTENTS))
    return bool(found)


def _ended(streams: Sequence[Stream], before: datetime, at_most: int) -> Sequence[int]:
    wanted = select(Message.id).where(
        Message.final.is_(None), Message.finished_at < before, Message.stream.in_(streams)
    )
    return session.scalars(wanted.order_by(Message.finished_at).limit(at_most)).all()


KEPT = (
    Kept(lazy("Address, names and language of a person"), lazy("until the person is erased")),
    Kept(lazy("Addresses that are not mailed, as a code that shows no address"), lazy("for good")),
    Kept(
        lazy("Who got which mailing or appeal, and what came back"),
        lazy("two years after it was sent; then only the numbers"),
        "mobilize.delivery.tick_steps:end_ledger",
    ),
    Kept(
        lazy("Who got which confirmation or other service email, with the personal values in it"),
        lazy("90 days after it was sent; then only the numbers"),
        "mobilize.delivery.tick_steps:end_ledger",
    ),
    Kept(
        lazy("Texts of emails as they were sent"),
        lazy("26 months after they were last used"),
        "mobilize.delivery.tick_steps:end_ledger",
    ),
    Kept(lazy("How often each link of a mailing was opened, by all together"), lazy("for good; it names nobody")),
)
