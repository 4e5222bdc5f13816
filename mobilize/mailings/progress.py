"""How far a mailing is: its state, its audience, and what became of every copy."""

from __future__ import annotations

from dataclasses import dataclass

from mobilize.audiences.queries import count_audience
from mobilize.delivery import queries as ledger
from mobilize.delivery.queries import Counts
from mobilize.mailings.models import Mailing
from mobilize.mailings.queries import state_of
from mobilize.mailings.rules import ENDED, LEFT, Shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress(Counts):
    """The groups sum to ``audience`` once the mailing has left; before, it is who would get it now.

    While ``state`` is ``preparing``, ``audience`` is the people prepared so far.
    """

    state: Shown
    audience: int

    @property
    def has_ended(self) -> bool:
        return self.state in ENDED

    @property
    def has_left(self) -> bool:
        return self.state in LEFT

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
        return Progress(state=state, audience=0 if state is Shown.CANCELLED else count_audience(row.list_ids))
    found = ledger.groups(row.message_id)
    audience = row.audience if found.audience is not None and state is not Shown.PREPARING else found.prepared
    return Progress(state=state, audience=audience, attempting=found.attempting, **found.by_group)
