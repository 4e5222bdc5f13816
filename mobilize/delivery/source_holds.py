"""When what a message shows changes: it is held in the change's own commit, until it sends on with new content.

launch -> depend_on(message, {"event:<uid>": 3}); it waits from the start if the gate of something it shows is closed
event changes -> hold_for_source("event:<uid>", 4): every message that shows it waits
frozen again -> send_on(message, old content -> new content, what the new ones show): exchanged, and held no more
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete, insert, select, update

from mobilize.core import live_sources
from mobilize.core.db import session
from mobilize.core.errors import Conflict
from mobilize.delivery import holds
from mobilize.delivery.exchange import exchange, locked_message
from mobilize.delivery.messages import lift_hold
from mobilize.delivery.models import HoldCause, Message, MessageHold, MessageSource, MessageState


def depend_on(message_id: int, live: Mapping[str, int]) -> None:
    """Note what a message's contents show, in place of what they showed before; its gate's hold follows.

    The sources are locked before the message: by the caller, unless the message is new.
    """
    session.execute(delete(MessageSource).where(MessageSource.message_id == message_id))
    rows = [{"message_id": message_id, "source": source, "version": version} for source, version in live.items()]
    if rows:
        session.execute(insert(MessageSource), rows)
    if live_sources.closed_held(live):
        holds.hold(session.connection(), message_id, HoldCause.GATE)
    else:
        holds.lift(session.connection(), message_id, HoldCause.GATE)
    session.expire(session.get_one(Message, message_id))


def hold_if_closed(message_id: int) -> None:
    """Before some of a message is sent again: hold it while the gate of something that it shows is closed.

    Call it before the message is locked, as every lock of a source comes first.
    """
    shown = session.scalars(select(MessageSource.source).where(MessageSource.message_id == message_id)).all()
    if live_sources.closed_held(shown):
        holds.hold(session.connection(), message_id, HoldCause.GATE)


def hold_for_source(source: str, version: int) -> list[int]:
    """A live source (``"event:<uid>"``) has this version now: hold the messages that show an older one; their ids.

    To be called in the transaction of the change, after the row of the source was locked or updated: a launch that
    composed the older version waits for this commit and composes again. A finished message is held, too, so that a copy
    that failed is not sent again with the old content.
    """
    older = select(MessageSource.message_id).where(MessageSource.source == source, MessageSource.version < version)
    messages = select(Message.id).where(Message.id.in_(older), Message.state != MessageState.CANCELLED)
    held = list(session.scalars(messages.order_by(Message.id).with_for_update(key_share=True)))
    for message_id in held:
        _hold(message_id, source, version)
    return held


def send_on(message_id: int, contents: Mapping[int, int], live: Mapping[str, int]) -> int:
    """Give what waits new content, old id -> new id, and end the hold; how many rows. ``live``: what the new ones show.

    Raises:
        Conflict: nothing it shows has changed, or it has changed once more since the new contents were frozen.
    """
    locked_message(message_id)
    changes = _changes(message_id)
    if not changes:
        raise Conflict("nothing that it shows has changed")
    if any(live.get(source, version) < version for source, version in changes.items()):
        raise Conflict("what it shows has changed again")
    count = exchange(message_id, contents)
    depend_on(message_id, live)
    lift_hold(message_id, HoldCause.SOURCE)
    return count


def _hold(message_id: int, source: str, version: int) -> None:
    """Hold it, or add to what it is held for already."""
    if holds.hold(session.connection(), message_id, HoldCause.SOURCE, sources={source: version}):
        return
    changes = {**_changes(message_id), source: version}
    of_message = (MessageHold.message_id == message_id) & (MessageHold.cause == HoldCause.SOURCE)
    session.execute(update(MessageHold).where(of_message).values(sources=changes))


def _changes(message_id: int) -> dict[str, int]:
    """The sources whose change holds a message, with their versions."""
    held = select(MessageHold.sources).where(
        MessageHold.message_id == message_id, MessageHold.cause == HoldCause.SOURCE
    )
    return session.scalar(held) or {}
