"""The one place where counts of what readers did are made safe to show. Pure.

A count about few people tells of single ones: with one reader, the count of a link says whether they opened it. So
counts about fewer than ten people are not shown, and breakdowns merge their small cells. What is stored stays whole.
Not for what the ledger says of a mailing, nor for the organiser's own lists: those tell nothing that readers did.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

SMALLEST = 10


def may_show(people: int) -> bool:
    """Whether what so many people did may be counted at all."""
    return people >= SMALLEST


def shown(count: int, people: int) -> int | None:
    """A count of what some of ``people`` did, or none where they are too few."""
    return count if may_show(people) else None


@dataclass(frozen=True)
class Breakdown:
    """Cells that may be shown, the largest first, and what the others make together."""

    cells: tuple[tuple[str, int], ...]
    rest: int


def merged(cells: Mapping[str, int]) -> Breakdown:
    """A breakdown by one dimension, its small cells merged.

    The rest is of two cells at least and not small itself: a single hidden cell would be the total minus the others.
    Where that cannot be had, no cell is shown.
    """
    ordered = sorted(((label, count) for label, count in cells.items() if count), key=lambda cell: (-cell[1], cell[0]))
    kept = [cell for cell in ordered if cell[1] >= SMALLEST]
    hidden = len(ordered) - len(kept)
    rest = sum(count for _label, count in ordered[len(kept) :])
    while kept and hidden and (hidden < 2 or rest < SMALLEST):
        rest += kept.pop()[1]
        hidden += 1
    return Breakdown(tuple(kept), rest if rest >= SMALLEST else 0)
