"""What the features have to show on the studio's home page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from mobilize.core import feature
from mobilize.core.feature import Entry, House, Spot

SHOWN = 5
"""Of what is next, and of what was done lately."""


@dataclass(frozen=True)
class Home:
    """The entries of every feature by spot, for one member."""

    upcoming: list[Entry]
    under_way: list[Entry]
    done: list[Entry]
    needs: list[Entry]

    @property
    def is_empty(self) -> bool:
        return not (self.upcoming or self.under_way or self.done or self.needs)


def home_of(organisation: House, may: Callable[[str], bool], now: datetime) -> Home:
    """What this member sees: what is next by its time, what was done newest first, the rest by feature."""

    def found(spot: Spot) -> list[Entry]:
        sources = [feature.load(one.entries) for one in feature.used() if one.entries]
        entries = [entry for source in sources for entry in source(spot, organisation, now)]
        return [entry for entry in entries if not entry.permission or may(entry.permission)]

    return Home(
        upcoming=sorted(found(Spot.NEXT), key=lambda entry: entry.at or now)[:SHOWN],
        under_way=found(Spot.NOW),
        done=sorted(found(Spot.DONE), key=lambda entry: entry.at or now, reverse=True)[:SHOWN],
        needs=found(Spot.NEEDS),
    )
