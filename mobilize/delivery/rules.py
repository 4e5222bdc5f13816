"""Decisions of the ledger that need nothing but their arguments."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from mobilize.delivery.models import DeliveryState, Stream, SuppressionReason

WAITING = (DeliveryState.PENDING, DeliveryState.CLAIMED, DeliveryState.DEFERRED)
"""Rows that have not left and may still be stopped."""

OPEN = (*WAITING, DeliveryState.ATTEMPTING)
"""Rows whose end is not known yet; a message with one of them is not finished."""

STOPPABLE = (*OPEN, DeliveryState.FAILED, DeliveryState.UNKNOWN)
"""Rows that no server has accepted: a withdrawal or cancellation keeps them from being attempted (again)."""

ENDED = tuple(state for state in DeliveryState if state not in OPEN)

TRIED = (DeliveryState.ACCEPTED, DeliveryState.FAILED, DeliveryState.UNKNOWN)
"""Rows that ended at a server."""

MOST_FAILED = "most-failed"
"""The ``state_reason`` of a finished message of which most copies failed."""

WITHDRAWN = "withdrawn"
CANCELLED = "cancelled"

_RANK = {
    SuppressionReason.SOFT_BOUNCES: 0,
    SuppressionReason.WITHDRAWAL: 1,
    SuppressionReason.MANUAL: 2,
    SuppressionReason.COMPLAINT: 3,
    SuppressionReason.HARD_BOUNCE: 4,
}


def blocks(reason: SuppressionReason, stream: Stream, *, person_asked: bool) -> bool:
    """Whether a suppression holds a mail back.

    Every reason blocks bulk and urgent mail; a hard bounce blocks transactional mail as well, unless the person
    caused that mail themselves (a confirmation, a reset).
    """
    if stream is not Stream.TRANSACTIONAL:
        return True
    return reason is SuppressionReason.HARD_BOUNCE and not person_asked


def most_failed(tried: int, failed: int) -> bool:
    """Whether so many of the copies that were tried failed that "sent" alone would mislead."""
    return failed * 2 > tried


def outweighs(new: SuppressionReason, old: SuppressionReason) -> bool:
    """Whether ``new`` replaces ``old`` as the reason shown for one address."""
    return _RANK[new] > _RANK[old]


def next_basis(left: int, remaining: Collection[int], message_bases: Sequence[int]) -> int | None:
    """The list that entitles a person to a message after they left one, if any does."""
    return next((basis for basis in message_bases if basis != left and basis in remaining), None)
