"""Things found by name: every feature searches its own (``Feature.search``)."""

from __future__ import annotations

from collections.abc import Callable

from mobilize.core import feature
from mobilize.core.feature import Entry, House

LONGEST = 100


def found_by(organisation: House, words: str, may: Callable[[str], bool]) -> list[Entry]:
    """What this member may see whose name holds the words, the lowest feature first; nothing without a word."""
    typed = words.strip()[:LONGEST]
    if not typed:
        return []
    searches = [feature.load(one.search) for one in feature.used() if one.search]
    entries = [entry for search in searches for entry in search(organisation, typed)]
    return [entry for entry in entries if not entry.permission or may(entry.permission)]
