"""What bounces add up to. Pure.

A mailbox is spent after 5 soft bounces on at least 3 different days without a mail between them that stayed. Since a
server may try for five days before it gives up, a mail counts as having stayed once it is that old.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from mobilize.delivery.models import DeliveryState, ReturnKind

RECENT = timedelta(days=30)
"""How long after its acceptance a delivery can come back; later ones are stale."""

SOFT_BOUNCES = 5
SOFT_DAYS = 3
SETTLED = timedelta(days=5)
HISTORY = timedelta(days=90)

STORM = 20
STORM_SHARE = 0.05

KEPT = frozenset({ReturnKind.HARD, ReturnKind.SOFT, ReturnKind.POLICY, ReturnKind.COMPLAINT})
"""Kinds with an effect; the others are only counted, by day, without a link to anyone."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One accepted mail to a person: when, and what came back for it (kind and moment)."""

    accepted_at: datetime
    returns: tuple[tuple[ReturnKind, datetime], ...] = ()


def can_come_back(state: DeliveryState, changed_at: datetime, now: datetime) -> bool:
    """Whether a report about a delivery is believed: a server has it, or may, and not for too long."""
    return state in {DeliveryState.ACCEPTED, DeliveryState.UNKNOWN} and now - changed_at <= RECENT


def is_spent(history: Sequence[Sent], now: datetime) -> bool:
    """Whether a mailbox has refused often enough to be left alone; ``history`` is newest first."""
    moments: list[datetime] = []
    for sent in history:
        kinds = dict(sent.returns)
        if ReturnKind.COMPLAINT in kinds:
            break
        if ReturnKind.SOFT in kinds:
            moments.append(kinds[ReturnKind.SOFT])
        elif not kinds and now - sent.accepted_at >= SETTLED:
            break
    days = {moment.astimezone(UTC).date() for moment in moments}
    return len(moments) >= SOFT_BOUNCES and len(days) >= SOFT_DAYS


def is_storm(policy_bounces: int, accepted: int) -> bool:
    """Whether so many mails of one message came back for reasons of policy that it has to wait for a person.

    True at every 20th of them, if they are at least 5 % of what was accepted: whoever resumes it is not stopped again
    by the next one.
    """
    return policy_bounces > 0 and policy_bounces % STORM == 0 and policy_bounces >= STORM_SHARE * accepted
