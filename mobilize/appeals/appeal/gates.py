"""Whether the do-no-harm gate lets an appeal ask and tell: that of each defender whom it names."""

from __future__ import annotations

from mobilize.appeals.appeal import queries
from mobilize.appeals.appeal.models import Appeal
from mobilize.appeals.queries import Gate, gate_of
from mobilize.appeals.rules import Closed, Publish, ReviewKind


def is_checked_now(row: Appeal) -> bool:
    """Whether the case of somebody whom it names is being checked, so that it may ask nothing now."""
    return not all(gate.is_open for gate in _gates(row))


def may_name(row: Appeal) -> bool:
    """Whether everybody whom it names agreed to be named."""
    return all(Publish.NAME in gate.scope for gate in _gates(row))


def may_tell_when_closed(row: Appeal) -> bool:
    """Whether a closed appeal still tells the case: old reviews matter no more, a withdrawn consent or a hold does."""
    withdrawn = (gate.closed.get(ReviewKind.CONSENT) is Closed.FAILED or None in gate.closed for gate in _gates(row))
    return may_name(row) and not any(withdrawn)


def _gates(row: Appeal) -> list[Gate]:
    return [gate_of(one) for one in queries.defenders_of(row)]
