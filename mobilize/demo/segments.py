"""Segments of the demonstration's organisations, as their files tell them."""

from __future__ import annotations

from collections.abc import Callable

from mobilize.audiences.service import create_segment
from mobilize.core.feature import Demonstrated


def prepare(shown: Demonstrated) -> Callable[[int], None]:
    """The segments of the organisation's file; they ask nothing that the organisation has to be made for first."""

    def add(organisation_id: int) -> None:
        for one in shown.facts or ():
            create_segment(organisation_id, one["name"], one["tree"])

    return add
