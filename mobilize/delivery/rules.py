"""Decisions of the ledger that need nothing but their arguments."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from mobilize.delivery.bases import Basis
from mobilize.delivery.models import BasisKind, DeliveryState, HoldCause, MessageState, Stream, SuppressionReason

WAITING = (DeliveryState.PENDING, DeliveryState.CLAIMED, DeliveryState.DEFERRED)
"""Rows that have not left and may still be stopped."""

OPEN = (*WAITING, DeliveryState.ATTEMPTING)
"""Rows whose end is not known yet; a message with one of them is not finished."""

STOPPABLE = (*OPEN, DeliveryState.FAILED, DeliveryState.UNKNOWN)
"""Rows that no server has accepted: a withdrawal or cancellation keeps them from being attempted (again)."""

ENDED = tuple(state for state in DeliveryState if state not in OPEN)

TRIED = (DeliveryState.ACCEPTED, DeliveryState.FAILED, DeliveryState.UNKNOWN)
"""Rows that ended at a server."""

LIVE = (MessageState.PREPARING, MessageState.SENDING, MessageState.PAUSED, MessageState.HALTED)
"""Messages that have not ended."""

BY_HAND = (HoldCause.STAFF, HoldCause.REFUSAL)
"""The causes that a person may lift without changing anything else: their own pause first."""

MOST_FAILED = "most-failed"
"""The ``state_reason`` of a finished message of which most copies failed."""

WITHDRAWN = "withdrawn"
CANCELLED = "cancelled"
ENDED_BY_ACT = "done"
ERASED = "erased"
PAUSED = "paused"
CAPPED = "capped"
SUPERSEDED = "superseded"
NOT_YET = "not-yet"
"""The reason of a deferred row that nobody tried to send: whoever wrote it said when it may leave."""

_RANK = {
    SuppressionReason.SOFT_BOUNCES: 0,
    SuppressionReason.WITHDRAWAL: 1,
    SuppressionReason.MANUAL: 2,
    SuppressionReason.COMPLAINT: 3,
    SuppressionReason.HARD_BOUNCE: 4,
}


def blocks(reason: SuppressionReason, basis: BasisKind | None, stream: Stream, *, person_asked: bool) -> bool:
    """Whether a suppression holds a mail back; ``blocking.blocked`` is the same in SQL.

    What the person caused themselves (a confirmation, a reset) is never held back. Of the rest a withdrawal blocks mail
    whose basis is a list or an act, soft bounces all but transactional mail, and a complaint, the staff's decision or
    a hard bounce everything.
    """
    listed = stream is not Stream.TRANSACTIONAL
    if person_asked and not listed:
        return False
    if reason is SuppressionReason.WITHDRAWAL:
        return listed if basis is None else basis is not BasisKind.REGISTRATION
    return listed or reason is not SuppressionReason.SOFT_BOUNCES


def pauses(basis: BasisKind | None, stream: Stream) -> bool:
    """Whether a person's pause holds a mail back, and whether it counts towards the most that they get.

    Both are meant for newsletters and appeals: what concerns an event that they are registered for still reaches them,
    and so does what they cause. ``blocking.pausable`` is the same in SQL.
    """
    return stream is not Stream.TRANSACTIONAL and basis is not BasisKind.REGISTRATION


def live_state(causes: Collection[HoldCause], *, has_begun: bool) -> MessageState:
    """The state of a message that has not ended; ``has_begun``: a page of its rows is in the ledger, or all are.

    It is halted where something has to be looked into before anybody lets it go on.
    """
    if HoldCause.REFUSAL in causes or HoldCause.SOURCE in causes:
        return MessageState.HALTED
    if causes:
        return MessageState.PAUSED
    return MessageState.SENDING if has_begun else MessageState.PREPARING


def changes_with(stored: Mapping[int, int], new: Mapping[int, int]) -> dict[int, int]:
    """Which content takes which one's place after a further exchange: earlier changes lead on to the newest content.

    A content that is back in its own place is in no change.
    """
    followed = {**{old: new.get(now, now) for old, now in stored.items()}, **new}
    return {old: now for old, now in followed.items() if old != now}


def most_failed(tried: int, failed: int) -> bool:
    """Whether so many of the copies that were tried failed that "sent" alone would mislead."""
    return failed * 2 > tried


def outweighs(new: SuppressionReason, old: SuppressionReason) -> bool:
    """Whether ``new`` replaces ``old`` as the reason shown for one address."""
    return _RANK[new] > _RANK[old]


def next_basis(left: Basis, remaining: Collection[Basis], message_bases: Sequence[Basis]) -> Basis | None:
    """What entitles a person to a message after they left one basis, if anything does."""
    return next((basis for basis in message_bases if basis != left and basis in remaining), None)
