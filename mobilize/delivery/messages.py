"""A message's life: opened, filled page by page, closed; held, let go on, cancelled, revoked.

open_message -> store_contents, store_links -> add_page … add_page -> close_message
preparing -> sending (with the first page) <-> paused | halted (``holds``) -> cancelled | finished
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from sqlalchemy import Select, Table, case, insert, select, update
from sqlalchemy.exc import IntegrityError

from mobilize.core import clock, doorbell
from mobilize.core.db import new_uid, session
from mobilize.core.errors import Conflict
from mobilize.delivery import holds
from mobilize.delivery.bases import Basis, as_json
from mobilize.delivery.exchange import locked_message
from mobilize.delivery.ledger import rowcount, stop_rows
from mobilize.delivery.models import Delivery, DeliveryState, HoldCause, Message, MessageState, Stream
from mobilize.delivery.page_rows import ledger_rows
from mobilize.delivery.rules import BY_HAND, CANCELLED, LIVE
from mobilize.delivery.upsert import insert_new

_ledger = cast(Table, Delivery.__table__)


def open_message(
    *,
    organisation_id: int,
    stream: Stream,
    anchor: str,
    sender_name: str,
    sender_address: str,
    reply_to: str = "",
    list_header: str = "",
    bases: Sequence[Basis] = (),
    dedupe_key: str | None = None,
    anchor_version: int = 1,
    ended_by: str | None = None,
) -> int:
    """A message without recipients yet, in state ``preparing``; its id.

    ``bases`` are what entitles people to it, in the order in which they do. ``ended_by`` names the act
    (``kind:uid``) after which a person needs it no more (see ``suppression.service.end_for``).
    ``list_header`` is the List-Id without angle brackets (``newsletter.example.org``).

    Raises:
        Conflict: the dedupe key is taken (launched twice at once).
    """
    made: int | None = session.scalar(
        insert_new(Message)
        .values(
            uid=new_uid(),
            organisation_id=organisation_id,
            stream=stream,
            state=MessageState.PREPARING,
            state_reason="",
            anchor=anchor,
            anchor_version=anchor_version,
            dedupe_key=dedupe_key,
            sender_name=sender_name,
            sender_address=sender_address,
            reply_to=reply_to,
            list_header=list_header,
            bases=as_json(bases),
            ended_by=ended_by,
            person_asked=False,
            prepared=0,
            created_at=clock.now(),
        )
        .returning(Message.id)
    )
    if made is None:
        raise Conflict("this was launched already")
    return made


def add_page(message_id: int, page: Select[int, int, int | None]) -> int:
    """Put a page of people into the ledger and let sending begin; how many were new.

    ``page`` selects ``recipient_id, content_id, basis_id`` under these labels from ``Recipient``, and ``basis_kind``
    unless all bases are lists. A person who is in the message already keeps their row. People who are suppressed, have
    paused or had as many mailings as the organisation allows become rows with the reason.

    Raises:
        Conflict: the message was cancelled or is closed.
    """
    message = session.get_one(Message, message_id)
    count = _inserted(*ledger_rows(message, page))
    if not _counted(message_id, count):
        raise Conflict("this is not being prepared any more")
    session.expire(message)
    doorbell.wake(message.stream)
    return count


def close_message(message_id: int) -> int:
    """Say that every page is in: the audience becomes final, and is returned."""
    message = locked_message(message_id)
    if message.audience is None:
        message.audience = message.prepared
        if message.state is MessageState.PREPARING:
            message.state = MessageState.SENDING
        session.flush()
        doorbell.wake(message.stream)
    return message.audience


def pause_message(message_id: int) -> None:
    """Let no further row of it leave until it is resumed.

    Raises:
        Conflict: it is paused, cancelled or finished.
    """
    if not hold_message(message_id, HoldCause.STAFF):
        raise Conflict(f"this is {locked_message(message_id).state}")


def resume_message(message_id: int, cause: HoldCause | None = None) -> frozenset[HoldCause]:
    """Take one cause away: a pause, or else a refusal whose cause was mended, unless told which; what still holds it.

    Raises:
        Conflict: it is not held by that.
    """
    for one in BY_HAND if cause is None else (cause,):
        lifted = lift_hold(message_id, one)
        if lifted.was_held:
            return lifted.left
    raise Conflict(f"this is {locked_message(message_id).state}")


def hold_message(message_id: int, cause: HoldCause, reason: str = "") -> bool:
    """Let no further row of it leave for one more cause; whether it is a new one, and the message has not ended."""
    message = locked_message(message_id)
    is_new = holds.hold(session.connection(), message_id, cause, reason)
    session.refresh(message)
    return is_new


def lift_hold(message_id: int, cause: HoldCause) -> holds.Lifted:
    """End one cause and no other; the rows may leave again if it was the last."""
    message = locked_message(message_id)
    lifted = holds.lift(session.connection(), message_id, cause)
    session.refresh(message)
    doorbell.wake(message.stream)
    return lifted


def cancel_message(message_id: int, reason: str = CANCELLED) -> int:
    """Stop for good: every row that has not left is revoked; how many.

    Raises:
        Conflict: it is cancelled or finished.
    """
    message = _move(message_id, LIVE, MessageState.CANCELLED, reason)
    if message.audience is None:
        message.audience = message.prepared
    message.finished_at = clock.now()
    session.flush()
    holds.forget(session.connection(), [message_id])
    return stop_rows(Delivery.message_id == message_id, DeliveryState.REVOKED, reason)


def revoke(anchor: str, reason: str) -> int:
    """Cancel every message of an anchor, in the same commit as what happened to it; how many rows were revoked."""
    live = select(Message).where(Message.anchor == anchor, Message.state.in_(LIVE)).order_by(Message.id)
    messages = session.scalars(live.with_for_update(key_share=True)).all()
    return sum(cancel_message(message.id, reason) for message in messages)


def _move(message_id: int, allowed: Sequence[MessageState], to: MessageState, reason: str) -> Message:
    message = locked_message(message_id)
    if message.state not in allowed:
        raise Conflict(f"this is {message.state}")
    message.state = to
    message.state_reason = reason
    session.flush()
    return message


def _inserted(columns: Sequence[str], rows: Select[*tuple[object, ...]]) -> int:
    """Make rows of the ledger, and skip those who have one; how many were made.

    Pages seldom overlap, and PostgreSQL takes a quarter more time for an INSERT that must be able to skip.
    """
    simple = insert(_ledger).execution_options(preserve_rowcount=True)
    try:
        with session.begin_nested():
            return rowcount(session.execute(simple.from_select(columns, rows)))
    except IntegrityError:
        return rowcount(session.execute(insert_new(Delivery).from_select(columns, rows)))


def _counted(message_id: int, count: int) -> bool:
    """Add a page to the message last, so that it is locked for a moment only; false if it takes no more."""
    first = (Message.state == MessageState.PREPARING, MessageState.SENDING.value)
    return bool(
        rowcount(
            session.execute(
                update(Message)
                .where(Message.id == message_id, Message.state.in_(LIVE), Message.audience.is_(None))
                .values(prepared=Message.prepared + count, state=case(first, else_=Message.state)),
                execution_options={"synchronize_session": False},
            )
        )
    )
