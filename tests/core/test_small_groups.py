"""Counts of what readers did never tell of few people."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobilize.core.small_groups import SMALLEST, Breakdown, may_show, merged, shown

CELLS = st.dictionaries(st.text(min_size=1, max_size=3), st.integers(0, 40), max_size=8)


@pytest.mark.parametrize(("people", "count"), [(0, None), (1, None), (9, None), (10, 3), (500, 3)])
def test_a_count_about_few_people_is_not_shown(people: int, count: int | None) -> None:
    """Nine are few, ten are not."""
    assert shown(3, people) == count
    assert may_show(people) is (count is not None)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"fr": 40, "nl": 12}, Breakdown((("fr", 40), ("nl", 12)), 0)),
        ({"fr": 40, "nl": 12, "ar": 3}, Breakdown((("fr", 40),), 15)),
        ({"fr": 40, "nl": 6, "ar": 5}, Breakdown((("fr", 40),), 11)),
        ({"fr": 40, "nl": 2, "ar": 1}, Breakdown((), 43)),
        ({"fr": 5}, Breakdown((), 0)),
        ({}, Breakdown((), 0)),
    ],
)
def test_small_cells_are_merged(cells: dict[str, int], expected: Breakdown) -> None:
    """A second small cell goes with the first, and a large one where there is no second."""
    assert merged(cells) == expected


@given(CELLS)
def test_no_cell_is_small_and_none_can_be_derived(cells: dict[str, int]) -> None:
    """Who knows the total learns of no group under ten, and of no single cell that is not shown."""
    found, total = merged(cells), sum(cells.values())
    assert all(cells[label] == count >= SMALLEST for label, count in found.cells)
    hidden = [count for label, count in cells.items() if count and label not in dict(found.cells)]
    assert found.rest in {0, sum(hidden)}
    assert not hidden or (len(hidden) > 1 and sum(hidden) >= SMALLEST) or not found.cells
    assert sum(count for _label, count in found.cells) + sum(hidden) == total
