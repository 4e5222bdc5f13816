"""What stands of fairs on the studio's home page and on a campaign's, and which of them a search finds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from mobilize.core.feature import Entry, House, Spot
from mobilize.core.i18n import ngettext
from mobilize.core.text import holds_words
from tests.toy.queries import fairs, registered


def entries(spot: Spot, house: House, _now: datetime) -> Iterator[Entry]:
    """The next fairs, with how many people come."""
    if spot is not Spot.NEXT:
        return
    for fair in fairs(house.id):
        people = ngettext("%(num)s visitor", "%(num)s visitors", registered(fair.id))
        url = f"/studio/{house.slug}/fairs"
        yield Entry(uid=fair.uid, title=fair.title, url=url, at=fair.begins_at, figure=people)


def search(house: House, words: str) -> Iterator[Entry]:
    """Fairs whose title holds the words."""
    for fair in fairs(house.id):
        if holds_words(words, fair.title):
            url = f"/studio/{house.slug}/fairs"
            yield Entry(uid=fair.uid, title=fair.title, url=url, permission="fair.read")


def belongings(house: House, uids: Sequence[str], *, visitors: bool) -> Iterator[Entry]:
    """The fairs of a campaign."""
    for fair in fairs(house.id):
        if fair.uid in uids:
            url = f"/{house.slug}/fairs/{fair.slug}" if visitors else f"/studio/{house.slug}/fairs"
            yield Entry(uid=fair.uid, title=fair.title, url=url, at=fair.begins_at)
