"""Why a message waits: causes, added and lifted one by one. The message's state follows in the same transaction.

hold(staff | refusal | source | gate) -> paused | halted        lift(the last cause) -> sending
a live source changes -> hold(source), also on a finished message: sending some of it again waits for the new content
a gate closes -> hold(gate), on a finished message only when some of it is to be sent again

Every function locks the message first, so that a worker's window comes wholly before or after (invariant 4).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple, cast

from sqlalchemy import Connection, Row, Table, delete, select, update

from mobilize.core import clock
from mobilize.delivery.models import HoldCause, Message, MessageHold, MessageState
from mobilize.delivery.rules import LIVE, live_state
from mobilize.delivery.upsert import insert_new

_messages, _holds = cast(Table, Message.__table__), cast(Table, MessageHold.__table__)

NO_SOURCES: Mapping[str, int] = {}


class Lifted(NamedTuple):
    """Whether the cause held the message, and what still does."""

    was_held: bool
    left: frozenset[HoldCause]


def hold(
    connection: Connection,
    message_id: int,
    cause: HoldCause,
    reason: str = "",
    sources: Mapping[str, int] = NO_SOURCES,
) -> bool:
    """Let no further row leave for this cause; whether it is new. A message that has ended is left as it is.

    A changed source or a gate holds a finished message, too, without changing its state: it shows when copies are sent
    again.
    """
    message = _locked(connection, message_id)
    may_go_on = (*LIVE, MessageState.FINISHED) if cause in (HoldCause.SOURCE, HoldCause.GATE) else LIVE
    if message is None or message.state not in may_go_on:
        return False
    values = {"message_id": message_id, "cause": cause, "reason": reason[:200], "sources": dict(sources)}
    added = connection.execute(insert_new(MessageHold).values(**values, since=clock.now())).rowcount
    if added and message.state in LIVE:
        _derive(connection, message)
    return bool(added)


def go_on(connection: Connection, message_id: int) -> None:
    """A finished message has copies to send again: it sends, unless something holds it."""
    message = _locked(connection, message_id)
    if message is not None and message.state is MessageState.FINISHED:
        connection.execute(update(_messages).where(_messages.c.id == message_id).values(finished_at=None))
        _derive(connection, message)


def lift(connection: Connection, message_id: int, cause: HoldCause) -> Lifted:
    """End this cause and no other; the message sends again if it was the last."""
    message = _locked(connection, message_id)
    of_message = _holds.c.message_id == message_id
    ended = connection.execute(delete(_holds).where(of_message, _holds.c.cause == cause)).rowcount
    if ended and message is not None and message.state in LIVE:
        _derive(connection, message)
    left = connection.execute(select(_holds.c.cause).where(of_message)).scalars()
    return Lifted(bool(ended), frozenset(left))


def forget(connection: Connection, message_ids: Collection[int]) -> None:
    """The messages have ended: nothing holds them any more."""
    connection.execute(delete(_holds).where(_holds.c.message_id.in_(message_ids)))


def _locked(connection: Connection, message_id: int) -> Row[int, MessageState, int, int | None] | None:
    columns = (_messages.c.id, _messages.c.state, _messages.c.prepared, _messages.c.audience)
    return connection.execute(
        select(*columns).where(_messages.c.id == message_id).with_for_update(key_share=True)
    ).first()


def _derive(connection: Connection, message: Row[int, MessageState, int, int | None]) -> None:
    """Write the state that follows from the causes, with the words of a refusal."""
    found = connection.execute(select(_holds.c.cause, _holds.c.reason).where(_holds.c.message_id == message.id))
    reasons = {row.cause: row.reason for row in found}
    has_begun = message.prepared > 0 or message.audience is not None
    values = {
        "state": live_state(reasons.keys(), has_begun=has_begun),
        "state_reason": reasons.get(HoldCause.REFUSAL, ""),
    }
    connection.execute(update(_messages).where(_messages.c.id == message.id).values(values))
