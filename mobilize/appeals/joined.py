"""What defenders and appeals say together, where a feature has one voice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from mobilize.appeals import checks as of_defenders
from mobilize.appeals import entries as defender_entries
from mobilize.appeals.appeal import checks as of_appeals
from mobilize.appeals.appeal import entries as appeal_entries
from mobilize.appeals.appeal import queries
from mobilize.core.feature import Checked, CheckLine, Entry, House, Spot


def checks(mailing: Checked) -> Iterator[CheckLine]:
    yield from of_defenders.checks(mailing)
    yield from of_appeals.checks(mailing)


def entries(spot: Spot, house: House, now: datetime) -> Iterator[Entry]:
    yield from defender_entries.entries(spot, house, now)
    yield from appeal_entries.entries(spot, house, now)


def search(house: House, words: str) -> Iterator[Entry]:
    yield from defender_entries.search(house, words)
    yield from appeal_entries.search(house, words)


AUDIT_SUBJECTS = {**defender_entries.AUDIT_SUBJECTS, **queries.AUDIT_SUBJECTS}
