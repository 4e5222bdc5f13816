"""What came back, in numbers."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from mobilize.core.db import session
from mobilize.delivery.models import Delivery, DeliveryState, Message, Return, ReturnCount, ReturnKind


@dataclass(frozen=True, slots=True)
class Returned:
    """How many of one message's copies came back, by what their servers said; each is among the accepted ones."""

    hard: int = 0
    soft: int = 0
    policy: int = 0
    complaints: int = 0

    @property
    def bounced(self) -> int:
        return self.hard + self.soft + self.policy


NOTHING_RETURNED = Returned()


def returned_of(message_id: int) -> Returned:
    """What came back of one message."""
    final = session.scalar(select(Message.final).where(Message.id == message_id))
    if final is not None:
        return Returned(**final["returned"])
    return returned_by_message([message_id]).get(message_id, NOTHING_RETURNED)


def returned_by_message(message_ids: Collection[int]) -> dict[int, Returned]:
    """The same for several, in one statement; those of which nothing came back are left out."""
    counts: dict[int, dict[ReturnKind, int]] = {}
    found = session.execute(
        select(Return.message_id, Return.kind, func.count())
        .where(Return.message_id.in_(message_ids))
        .group_by(Return.message_id, Return.kind)
    )
    for message_id, kind, number in found:
        counts.setdefault(message_id, {})[kind] = number
    return {message_id: _returned(kinds) for message_id, kinds in counts.items()}


def counts_on(day: date) -> dict[str, int]:
    """What came back on a day in the whole installation: outcome -> number, ignored ones included."""
    found = session.execute(select(ReturnCount.outcome, ReturnCount.number).where(ReturnCount.day == day))
    return dict(found.all())


def policy_bounces_of(message_id: int) -> int:
    """How many copies of a message came back for reasons of policy."""
    wanted = select(func.count()).where(Return.message_id == message_id, Return.kind == ReturnKind.POLICY)
    return session.scalar(wanted) or 0


def accepted_of(message_id: int) -> int:
    """How many copies of a message servers took, those that came back included."""
    wanted = select(func.count()).where(Delivery.message_id == message_id, Delivery.state == DeliveryState.ACCEPTED)
    return session.scalar(wanted) or 0


def _returned(kinds: dict[ReturnKind, int]) -> Returned:
    return Returned(
        hard=kinds.get(ReturnKind.HARD, 0),
        soft=kinds.get(ReturnKind.SOFT, 0),
        policy=kinds.get(ReturnKind.POLICY, 0),
        complaints=kinds.get(ReturnKind.COMPLAINT, 0),
    )
