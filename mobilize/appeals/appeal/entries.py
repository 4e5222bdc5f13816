"""What stands of appeals on the studio's home page and a campaign's, and which of them a search finds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from mobilize.appeals.appeal import queries, rules, showing
from mobilize.appeals.appeal.models import Appeal
from mobilize.appeals.appeal.rules import OPEN, PUBLIC
from mobilize.appeals.queries import details_of
from mobilize.core import clock
from mobilize.core.feature import Entry, House, Spot
from mobilize.core.i18n import _
from mobilize.core.text import holds_words
from mobilize.organisations.queries import brand

MOST = 5
FOUND_AT_MOST = 20


def entries(spot: Spot, house: House, now: datetime) -> Iterator[Entry]:
    """What waits for an approval, and the appeals whose last day comes next."""
    if spot is Spot.NEEDS:
        yield from _waiting(house)
    if spot is Spot.NEXT:
        yield from _ending(house, now)


def _waiting(house: House) -> Iterator[Entry]:
    for row in queries.appeals(house.id):
        if row.asked_by is not None and row.approved_by is None:
            text = _("Waits for a second person’s approval")
            yield _entry(row, house, text, path="/review", permission="appeal.approve", tone="needs")


def _ending(house: House, now: datetime) -> Iterator[Entry]:
    found = [
        (rules.ended_at(row.act_until, row.timezone), row)
        for row in queries.appeals(house.id)
        if row.state in OPEN and row.act_until and not rules.is_over(row.act_until, row.timezone, now)
    ]
    for _at, row in sorted(found, key=lambda one: (one[0], one[1].id))[:MOST]:
        yield _entry(row, house, _("Last day to act"), with_day=True)


def search(house: House, words: str) -> Iterator[Entry]:
    """Appeals whose title, number or person, in any language and spelling, holds the words; the newest first."""
    found = (row for row in queries.appeals(house.id) if holds_words(words, *_names(row)))
    for _number, row in zip(range(FOUND_AT_MOST), found, strict=False):
        yield _entry(row, house, _told(row))


def belongings(house: House, uids: Sequence[str], *, visitors: bool) -> Iterator[Entry]:
    """The appeals of a campaign; visitors see those that are public, named as on their own pages."""
    whole, now = brand(house.id), clock.now()
    for row in reversed(queries.appeals(house.id)):
        if row.uid not in uids or (visitors and row.state not in PUBLIC):
            continue
        url = f"/{house.slug}/appeals/{row.slug}" if visitors else f"/studio/{house.slug}/appeals/{row.slug}"
        yield Entry(
            uid=row.uid,
            title=showing.public_title(row, whole, now) if visitors else queries.title_of(row),
            url=url,
            text=_told(row),
            tone=showing.tone(row),
            icon="needs",
            permission="appeal.read",
        )


def _names(row: Appeal) -> list[str]:
    people = [name for one in queries.defenders_of(row) for name in details_of(one).names]
    return [*queries.draft_of(row).titles.values(), queries.reference_of(row), *people]


def _told(row: Appeal) -> str:
    return " · ".join(part for part in (queries.reference_of(row), showing.show_state(row)) if part)


def _entry(
    row: Appeal,
    house: House,
    text: str,
    *,
    path: str = "",
    permission: str = "appeal.read",
    tone: str = "",
    with_day: bool = False,
) -> Entry:
    # The last minute of the day: the instant after it would be shown as the next day.
    at = rules.ended_at(row.act_until, row.timezone) - timedelta(minutes=1) if with_day and row.act_until else None
    return Entry(
        uid=row.uid,
        title=queries.title_of(row),
        url=f"/studio/{house.slug}/appeals/{row.slug}{path}",
        text=text,
        at=at,
        zone=row.timezone,
        tone=tone,
        icon="needs",
        permission=permission,
    )
