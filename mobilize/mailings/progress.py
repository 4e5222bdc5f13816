"""How far a mailing is: its state, its audience, and what became of every copy."""

from __future__ import annotations

from dataclasses import dataclass

from mobilize.core import clock
from mobilize.delivery import queries as ledger
from mobilize.delivery.queries import Counts
from mobilize.delivery.rules import most_failed
from mobilize.mailings.models import Mailing
from mobilize.mailings.queries import state_of
from mobilize.mailings.rules import ENDED, LEFT, Shown, minutes_left


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress(Counts):
    """The groups sum to ``audience`` once the mailing has left; before, it is who would get it now.

    While ``state`` is ``preparing``, ``audience`` is the people prepared so far.
    """

    state: Shown
    audience: int
    minutes_left: int | None = None
    """At the pace of the last minute; none while nothing goes out."""

    @property
    def has_ended(self) -> bool:
        return self.state in ENDED

    @property
    def has_left(self) -> bool:
        return self.state in LEFT

    @property
    def most_failed(self) -> bool:
        """Whether it has ended, and most of the copies that were tried failed: "sent" alone would hide it."""
        return self.has_ended and most_failed(self.accepted + self.failed + self.unknown, self.failed)

    @property
    def waiting(self) -> int:
        """Copies that may still leave."""
        return self.pending + self.deferred

    @property
    def shown_groups(self) -> dict[str, int]:
        """For the bar: what is on the wire apart from what waits."""
        return {**self.by_group, "pending": self.pending - self.attempting, "attempting": self.attempting}

    def to_json(self) -> dict[str, str | int]:
        return {"state": self.state.value, "audience": self.audience, **self.by_group}


def progress_of(row: Mailing) -> Progress:
    """Where a mailing is now; the groups are read in one statement, so that they sum."""
    state = state_of(row)
    if row.message_id is None:
        return Progress(state=state, audience=0 if state is Shown.CANCELLED else row.to_whom.count())
    found = ledger.groups(row.message_id)
    audience = row.audience if found.audience is not None and state is not Shown.PREPARING else found.prepared
    left = None
    if state is Shown.SENDING and row.launched_at:
        left = minutes_left(found.pending, found.lately, clock.now() - row.launched_at)
    return Progress(state=state, audience=audience, minutes_left=left, attempting=found.attempting, **found.by_group)
