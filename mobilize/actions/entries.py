"""What stands of calls to action on the studio's home page and a campaign's page, and which of them a search finds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select

from mobilize.actions import queries, words
from mobilize.actions.fingerprints import fingerprint
from mobilize.actions.models import ActionState, CallToAction
from mobilize.actions.rules import shown_count
from mobilize.core.db import session
from mobilize.core.feature import Addition, Entry, House, Spot
from mobilize.core.i18n import ngettext, show_number
from mobilize.core.text import holds_words
from mobilize.organisations.queries import brand

MOST = 5
FOUND_AT_MOST = 20


def entries(spot: Spot, house: House, _now: datetime) -> Iterator[Entry]:
    """Calls that take acts."""
    if spot is not Spot.NOW:
        return
    found = queries.open_actions(brand(house.id))[:MOST]
    numbers = queries.counts([row.id for row in found])
    for row in found:
        yield _entry(row, house, _signatures(numbers.get(row.id, 0)))


def search(house: House, typed: str) -> Iterator[Entry]:
    """Calls whose title, in any language, holds the words; drafts too, the newest first."""
    found = [row for row in queries.actions(house.id) if holds_words(typed, *row.titles.values())]
    for row in found[:FOUND_AT_MOST]:
        yield _entry(row, house, str(words.STATE[row.state]))


def belongings(house: House, uids: Sequence[str], *, visitors: bool) -> Iterator[Entry]:
    """The calls of a campaign; visitors see the published ones."""
    own = select(CallToAction).where(CallToAction.organisation_id == house.id, CallToAction.uid.in_(uids))
    for row in session.scalars(own.order_by(CallToAction.id)):
        if visitors and row.state is ActionState.DRAFT:
            continue
        url = f"/{house.slug}/act/{row.slug}" if visitors else ""
        yield _entry(row, house, str(words.STATE[row.state]) if not visitors else "", url)


def additions(house: House, uid: str) -> Iterator[Addition]:
    """The calls of an appeal: approved with it, and shown on its page while it asks."""
    found = queries.actions_meant(house.id, f"appeal:{uid}")
    numbers = queries.counts([row.id for row in found])
    for row in found:
        is_public = row.state is ActionState.OPEN
        shown = shown_count(numbers.get(row.id, 0))
        url = f"/{house.slug}/act/{row.slug}" if is_public else ""
        entry = replace(_entry(row, house, "", url), figure=_signatures(shown) if shown is not None else "")
        yield Addition(row.ref, fingerprint(row), entry, is_public)


def _entry(row: CallToAction, house: House, text: str, url: str = "") -> Entry:
    return Entry(
        uid=row.uid,
        title=queries.title_of(row),
        url=url or f"/studio/{house.slug}/actions/{row.slug}",
        text=text,
        tone=words.TONE[row.state],
        icon="actions",
        permission="action.read",
    )


def _signatures(count: int) -> str:
    return ngettext("%(num)s signature", "%(num)s signatures", count, num=show_number(count))
