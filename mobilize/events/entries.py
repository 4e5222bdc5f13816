"""What stands of events on the studio's home page, and which of them a search finds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from mobilize.core.feature import Entry, House, Spot
from mobilize.core.i18n import current_language, text_in
from mobilize.core.text import holds_words
from mobilize.events import queries, showing
from mobilize.organisations.queries import brand

MOST = 5
FOUND_AT_MOST = 20


def entries(spot: Spot, organisation: House, now: datetime) -> Iterator[Entry]:
    """Published events that are not over."""
    if spot is not Spot.NEXT:
        return
    whole = brand(organisation.id)
    for row in queries.to_come(queries.published_events(organisation.id), now)[:MOST]:
        if row.starts_at is None:
            continue
        yield Entry(
            uid=row.uid,
            title=text_in(row.titles, current_language(), whole.default_language),
            url=f"/studio/{organisation.slug}/calendar/{row.slug}",
            text=showing.place(row, whole),
            at=row.starts_at,
            zone=row.timezone,
            icon="calendar",
            permission="event.read",
        )


def search(organisation: House, words: str) -> Iterator[Entry]:
    """Events whose title, in any language, holds the words; drafts too, the newest first."""
    whole = brand(organisation.id)
    found = [row for row in queries.events(organisation.id) if holds_words(words, *row.titles.values())]
    for row in sorted(found, key=lambda row: row.id, reverse=True)[:FOUND_AT_MOST]:
        yield Entry(
            uid=row.uid,
            title=text_in(row.titles, current_language(), whole.default_language),
            url=f"/studio/{organisation.slug}/calendar/{row.slug}",
            text=showing.show_when(row.when),
            icon="calendar",
            permission="event.read",
        )
