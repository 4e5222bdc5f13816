"""What the demonstration shows of fairs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from mobilize.core import clock
from mobilize.core.feature import Demonstrated
from tests.toy.service import create_fair


def prepare(shown: Demonstrated) -> Callable[[int], None]:
    """The fair of the organisation's file, or one of a general kind."""
    title = (shown.facts or {}).get("title", "Open day")

    def add(organisation_id: int) -> None:
        create_fair(organisation_id, "open-day", title, clock.now() + timedelta(days=30))

    return add
