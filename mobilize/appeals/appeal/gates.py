"""Whether the do-no-harm gate lets an appeal ask: that of each defender whom it names."""

from __future__ import annotations

from mobilize.appeals.appeal import queries
from mobilize.appeals.appeal.models import Appeal
from mobilize.appeals.queries import gate_of


def is_checked_now(row: Appeal) -> bool:
    """Whether the case of somebody whom it names is being checked, so that it may ask nothing now."""
    return not all(gate_of(one).is_open for one in queries.defenders_of(row))
