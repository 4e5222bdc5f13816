"""What the ledger says: groups that always sum, reasons, and what is due."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, func, literal_column, select

from mobilize.core import clock
from mobilize.core.db import session
from mobilize.delivery.ledger import rests
from mobilize.delivery.models import (
    Delivery,
    DeliveryState,
    HoldCause,
    Link,
    Message,
    MessageHold,
    MessageState,
    Stream,
)
from mobilize.delivery.rates.pacing import PACED
from mobilize.delivery.rules import LIVE, NOT_YET
from mobilize.delivery.waiting import IS_SENDING, due_retries, look_up_by_index, resting_rows

LATELY = timedelta(minutes=1)
GROUPS = ("pending", "accepted", "deferred", "failed", "suppressed", "revoked", "unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Rows by what became of them, each in one of the ``GROUPS``.

    ``pending`` includes rows that a worker holds, and those that wait for their sender's pace: ``deferred`` are only
    those that a server put off. ``attempting`` of them are in an open window (may be on the wire at
    this moment).
    """

    pending: int = 0
    accepted: int = 0
    deferred: int = 0
    failed: int = 0
    suppressed: int = 0
    revoked: int = 0
    unknown: int = 0
    attempting: int = 0

    @property
    def by_group(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in GROUPS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups(Counts):
    """One message's rows. ``audience`` is null while the launch is writing them; ``prepared`` counts those written."""

    state: MessageState
    state_reason: str
    audience: int | None
    prepared: int
    lately: int
    """Copies that servers took within ``LATELY``."""

    @property
    def total(self) -> int:
        """All groups together: equals ``prepared``, and the audience once it is final."""
        return sum(self.by_group.values())


@dataclass(frozen=True, slots=True)
class Held:
    """One cause that holds a message: since when, what a server or a gate said, and which live sources changed."""

    cause: HoldCause
    since: datetime
    reason: str
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UnknownRow:
    """A row of which nobody knows whether its server took it (RFC 1047)."""

    delivery_id: int
    recipient_id: int
    changed_at: datetime
    reason: str


def groups(message_id: int) -> Groups:
    """The groups of one message, read in one statement: they sum whenever they are read, also after its rows went."""
    rows = session.execute(
        select(
            Message.state,
            Message.state_reason,
            Message.audience,
            Message.prepared,
            Message.final,
            shown_state(),
            func.count(Delivery.id),
            func.sum(case((Delivery.changed_at >= clock.now() - LATELY, 1), else_=0)),
        )
        .outerjoin(Delivery, Delivery.message_id == Message.id)
        .where(Message.id == message_id)
        .group_by(Message.id, shown_state())
    ).all()
    state, reason, audience, prepared, final = rows[0][:5]
    about: dict[str, Any] = {"state": state, "state_reason": reason, "audience": audience, "prepared": prepared}
    if final is not None:
        return Groups(**{**about, "lately": 0, **final["groups"]})
    counts: dict[DeliveryState, int] = {row[5]: row[6] for row in rows if row[5] is not None}
    lately = sum(row[7] for row in rows if row[5] is DeliveryState.ACCEPTED)
    on_hand = (DeliveryState.PENDING, DeliveryState.CLAIMED, DeliveryState.ATTEMPTING)
    others = {one.value: counts.get(one, 0) for one in DeliveryState if one not in on_hand}
    about |= {"lately": lately, "pending": sum(counts.get(one, 0) for one in on_hand)}
    return Groups(**{**about, "attempting": counts.get(DeliveryState.ATTEMPTING, 0), **others})


def final_of(message_id: int) -> dict[str, Any] | None:
    """What became of a message's copies, once that was written down for good."""
    return session.scalar(select(Message.final).where(Message.id == message_id))


def shown_state() -> ColumnElement[DeliveryState]:
    """A row's state as people are told: nobody tried in vain to send what only waits for its sender's pace or its hour.

    Its values are written out: PostgreSQL groups by it only where it is the same text each time.
    """
    deferred: ColumnElement[str] = literal_column(f"'{DeliveryState.DEFERRED.value}'")
    waits = Delivery.reason.in_([literal_column(f"'{reason}'") for reason in (PACED, NOT_YET)])
    is_untried = (Delivery.state == deferred) & waits & (Delivery.attempts == literal_column("0"))
    return case((is_untried, literal_column("'pending'", Delivery.state.type)), else_=Delivery.state)


def message_state(message_id: int) -> MessageState:
    """Where a message is in its life."""
    return session.scalars(select(Message.state).where(Message.id == message_id)).one()


def holds_of(message_ids: Collection[int]) -> dict[int, list[Held]]:
    """What holds each of these messages, in the order of the causes; without those that nothing holds or have ended."""
    found: defaultdict[int, list[Held]] = defaultdict(list)
    rows = select(MessageHold).join(Message).where(Message.id.in_(message_ids), Message.state.in_(LIVE))
    for one in session.scalars(rows):
        found[one.message_id].append(Held(one.cause, one.since, one.reason, tuple(sorted(one.sources))))
    order = list(HoldCause)
    return {message_id: sorted(held, key=lambda one: order.index(one.cause)) for message_id, held in found.items()}


def failure_reasons(message_id: int) -> list[tuple[str, str, int]]:
    """Why rows failed: reason, enhanced status code of the answer (RFC 3463, may be ''), count; most first."""
    final = final_of(message_id)
    if final is not None:
        return [(reason, status, number) for reason, status, number in final["failures"]]
    count = func.count()
    found = session.execute(
        select(Delivery.reason, Delivery.reply_status, count)
        .where(Delivery.message_id == message_id, rests(DeliveryState.FAILED))
        .group_by(Delivery.reason, Delivery.reply_status)
        .order_by(count.desc(), Delivery.reason)
    )
    return [(reason, status, number) for reason, status, number in found]


def stopped_reasons(message_id: int) -> list[tuple[DeliveryState, str, int]]:
    """Why rows were suppressed or revoked: state, reason, count."""
    final = final_of(message_id)
    if final is not None:
        return [(DeliveryState(state), reason, number) for state, reason, number in final["stopped"]]
    found = session.execute(
        select(Delivery.state, Delivery.reason, func.count())
        .where(Delivery.message_id == message_id, rests(DeliveryState.SUPPRESSED, DeliveryState.REVOKED))
        .group_by(Delivery.state, Delivery.reason)
        .order_by(Delivery.state, Delivery.reason)
    )
    return [(state, reason, number) for state, reason, number in found]


def unknown_rows(message_id: int, *, after: int = 0, limit: int = 200) -> Sequence[UnknownRow]:
    """The rows to look into before they are sent again on purpose (``retries.retry_unknown``), from an id on."""
    found = session.execute(
        select(Delivery.id, Delivery.recipient_id, Delivery.changed_at, Delivery.reason)
        .where(Delivery.message_id == message_id, Delivery.id > after, rests(DeliveryState.UNKNOWN))
        .order_by(Delivery.id)
        .limit(limit)
    )
    return [UnknownRow(*row) for row in found]


def clicks(message_id: int) -> list[tuple[str, int]]:
    """The addresses a message points to and how often each was opened, scanners included; most first.

    Whatever the content: what readers of one language did is told only where they are many (``core.small_groups``).
    """
    number = func.sum(Link.clicks)
    found = session.execute(
        select(Link.url, number)
        .where(Link.message_id == message_id)
        .group_by(Link.url)
        .order_by(number.desc(), func.min(Link.id))
    )
    return [(url, int(clicked)) for url, clicked in found]


def due_streams(now: datetime) -> list[Stream]:
    """The streams that have a row which may leave now."""
    look_up_by_index(session.connection())
    return [stream for stream in Stream if _has_due(stream, now)]


def _has_due(stream: Stream, now: datetime) -> bool:
    pending = resting_rows(DeliveryState.PENDING, stream, Message.id).limit(1).correlate(Message).scalar_subquery()
    fresh = select(Message.id).where(Message.stream == stream, IS_SENDING, pending.is_not(None))
    return any(session.scalar(due.limit(1)) is not None for due in (fresh, due_retries(stream, now)))
