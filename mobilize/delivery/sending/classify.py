"""What a server's answer means for one ledger row. Pure: result, history and chance in, outcome out.

Enhanced status codes are RFC 3463; phases and reply codes RFC 5321.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from mobilize.delivery.models import DeliveryState, Stream, SuppressionReason
from mobilize.delivery.refusals.judging import Blame, judge
from mobilize.delivery.smtp.transport import Accepted, Deferred, Lost, Phase, Rejected, Result

DELAYS = tuple(timedelta(minutes=minutes) for minutes in (2, 5, 15, 30, 60, 120, 240, 240, 240, 360, 360, 480))
"""Before the second attempt, the third, …: about 35 hours in all, then the last one is repeated until MAX_AGE."""

MAX_AGE = {
    Stream.TRANSACTIONAL: timedelta(days=2),
    Stream.URGENT: timedelta(days=2),
    Stream.BULK: timedelta(days=3),
    Stream.TARGETS: timedelta(days=3),
}
"""How long after its first attempt a row may be tried again."""

_RECONNECT = timedelta(seconds=30)
_KNOWS_THE_MAILBOX = frozenset({Phase.RCPT, Phase.DOT})
_TEXT = 300


@dataclass(frozen=True, slots=True)
class Row:
    """What the decision needs of a row; ``attempts`` counts this one."""

    delivery_id: int
    stream: Stream
    attempts: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """What to write. ``suppress`` also stops the address; ``policy`` blames the sender, not the person.

    ``counts``: it was an attempt.
    """

    delivery_id: int
    state: DeliveryState
    reason: str = ""
    next_at: datetime | None = None
    code: int | None = None
    status: str = ""
    text: str = ""
    suppress: SuppressionReason | None = None
    policy: bool = False
    counts: bool = True


def classify(row: Row, result: Result, now: datetime, chance: float) -> Outcome:
    """The outcome of one attempt; ``chance`` (0 to 1) spreads retries so that they do not return in one herd."""
    match result:
        case Accepted():
            return Outcome(row.delivery_id, DeliveryState.ACCEPTED, code=250)
        case Lost():
            return _lost(row, result, now, chance)
        case Deferred():
            return _retry(row, now, chance, result)
        case Rejected():
            return _rejected(row, result)


def backoff(attempts: int, chance: float) -> timedelta:
    """How long to wait after the n-th attempt: the schedule, plus or minus a quarter."""
    delay = DELAYS[min(attempts, len(DELAYS)) - 1]
    return delay * (0.75 + chance / 2)


def _lost(row: Row, result: Lost, now: datetime, chance: float) -> Outcome:
    text = result.reason[:_TEXT]
    if result.phase is Phase.CONNECT:
        return Outcome(row.delivery_id, DeliveryState.PENDING, text=text, counts=False)
    if not result.unknown:
        again = now + _RECONNECT * (0.75 + chance / 2)
        return Outcome(row.delivery_id, DeliveryState.DEFERRED, "connection", again, text=text)
    if row.stream is Stream.TRANSACTIONAL:
        return Outcome(row.delivery_id, DeliveryState.DEFERRED, "connection", now + backoff(1, chance), text=text)
    return Outcome(row.delivery_id, DeliveryState.UNKNOWN, "no-answer", text=text)


def _retry(row: Row, now: datetime, chance: float, result: Deferred) -> Outcome:
    answer = {"code": result.code, "status": result.enhanced, "text": result.text[:_TEXT]}
    again = now + backoff(row.attempts, chance)
    if _tried_for(row, now) + (again - now) > MAX_AGE[row.stream]:
        return Outcome(row.delivery_id, DeliveryState.FAILED, "expired", **answer)  # type: ignore[arg-type]
    return Outcome(row.delivery_id, DeliveryState.DEFERRED, "later", again, **answer)  # type: ignore[arg-type]


def _tried_for(row: Row, now: datetime) -> timedelta:
    """How long ago the first attempt was, as far as the schedule of attempts tells.

    A row may have waited long before it: for its hour, its sender's pace, the end of a pause, or a press that sends it
    again. That is no time for which its server refused it.
    """
    scheduled = sum((DELAYS[min(number, len(DELAYS) - 1)] for number in range(row.attempts - 1)), timedelta())
    return min(scheduled, now - row.created_at)


def _rejected(row: Row, result: Rejected) -> Outcome:
    reason, suppress = why(result)
    return Outcome(
        row.delivery_id,
        DeliveryState.FAILED,
        reason,
        code=result.code or None,
        status=result.enhanced,
        text=result.text[:_TEXT],
        suppress=suppress,
        policy=reason == "policy",
    )


def why(result: Rejected) -> tuple[str, SuppressionReason | None]:
    """Why a refusal came, and what it says of the address.

    Only an answer to RCPT speaks of one mailbox: before it, the recipient was not named yet, and after it, the mail is
    judged.
    """
    if result.local:
        return "address", None
    blame = judge((result.enhanced,), result.code or None, result.text)
    if blame is Blame.MAILBOX and result.phase in _KNOWS_THE_MAILBOX:
        return "mailbox", None
    if blame is Blame.SENDER or result.phase is not Phase.RCPT:
        return "policy", None
    return ("no-such-address", SuppressionReason.HARD_BOUNCE) if blame is Blame.PERSON else ("refused", None)
