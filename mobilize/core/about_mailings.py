"""What features say of mailings: the types of the check page.

They are names of ``core.feature``, which a feature imports them from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Checked:
    """A mailing whose check page is made, or that is about to leave: who sends it, and what it shows.

    ``live`` are the live sources of its blocks (``"event:<uid>"``) with the versions that were read. ``people`` counts
    whom it would go to now: for those features only whose answer depends on it, since a launch waits for it.
    ``sends_at`` is when it is to be sent, once that is chosen.
    """

    organisation_id: int
    sender_address: str
    live: frozenset[tuple[str, int]] = frozenset()
    people: Callable[[], int] = int
    sends_at: datetime | None = None


@dataclass(frozen=True)
class CheckLine:
    """One thing to look at before a mailing leaves; an error keeps it here, a warning is for its author to judge."""

    words: str
    is_error: bool = False


Checks = Callable[[Checked], Iterator[CheckLine]]
