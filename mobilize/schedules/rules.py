"""What the clock makes of rules. Decisions only: no I/O, no clock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from mobilize.schedules.models import OccurrenceState


class Decision(StrEnum):
    """What to do with a rule now. Its value is the reason that a missed occurrence keeps."""

    WAIT = "wait"
    FIRE = "fire"
    LATE = "late"
    """The clock was stopped, or the rule was armed, later than its lateness allows."""
    OVERTAKEN = "overtaken"
    """A later step of the same people is due, too: they get only that one."""
    PASSED = "passed"
    """What was to come before the moment would come after it."""
    NOT_ASKED = "not-asked"
    """It follows a moment that was past when the rule was armed, and nobody pressed for that."""


NOBODY = "nobody"
"""Why an occurrence was missed: there was nobody to mail."""
MOVED = "moved"
"""Why what had not left of an occurrence was stopped."""
ENDED = "ended"


@dataclass(frozen=True)
class Fired:
    """The last occurrence of a rule: for which moment, what became of it, and which of the rule's it is."""

    moment_at: datetime
    state: OccurrenceState
    number: int = 1


@dataclass(frozen=True)
class Candidate:
    """An armed rule with the moment that it is counted from; ``people`` names who gets it.

    From ``passes_at`` on nothing is sent that was to come before the moment.
    """

    rule_id: int
    moment: str
    moment_at: datetime
    passes_at: datetime
    due_at: datetime
    is_before: bool
    armed_at: datetime
    may_be_past: bool
    lateness: timedelta
    people: str
    last: Fired | None = None

    @property
    def is_done(self) -> bool:
        """Whether it has fired, or was missed, for this very moment. What was stopped half-way fires again."""
        last = self.last
        return last is not None and last.moment_at == self.moment_at and last.state is not OccurrenceState.REVOKED


def decide(candidates: Iterable[Candidate], now: datetime) -> Mapping[int, Decision]:
    """What to do with each rule of one anchor, by its id.

    Of several that are due at once for the same people on the same side of a moment only the latest is sent.
    """
    found = dict[int, Decision]()
    due = defaultdict[tuple[str, str, bool], list[Candidate]](list)
    for one in candidates:
        if one.is_done or one.due_at > now:
            found[one.rule_id] = Decision.WAIT
        else:
            due[one.moment, one.people, one.is_before].append(one)
    for together in due.values():
        found |= _latest_only(together, now)
    return found


def _latest_only(together: Sequence[Candidate], now: datetime) -> dict[int, Decision]:
    latest = max(together, key=lambda one: (one.due_at, one.rule_id))
    return {one.rule_id: _alone(one, now) if one is latest else Decision.OVERTAKEN for one in together}


def _alone(one: Candidate, now: datetime) -> Decision:
    if not one.is_before and one.due_at < one.armed_at and not one.may_be_past:
        return Decision.NOT_ASKED
    if one.is_before and now >= one.passes_at:
        return Decision.PASSED
    return Decision.LATE if now - one.due_at > one.lateness else Decision.FIRE
