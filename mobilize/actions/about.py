"""What a call is about: a case, an event or a campaign, named by its ref and read through the feature that has it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mobilize.actions.rules import Standing
from mobilize.campaigns.models import Campaign
from mobilize.campaigns.queries import campaigns
from mobilize.core import clock, feature
from mobilize.core.i18n import current_language, text_in
from mobilize.events.queries import events, to_come
from mobilize.organisations.queries import Brand


@dataclass(frozen=True)
class About:
    """``url`` is the public page, empty where visitors do not see one."""

    ref: str
    title: str
    url: str
    standing: Standing


def about(ref: str, house: Brand) -> About | None:
    """What a call of an organisation is about; None without a ref, or where the thing is gone."""
    kind, _colon, uid = ref.partition(":")
    if kind == "campaign":
        return next((_campaign(row, house) for row in campaigns(house.id) if row.uid == uid), None)
    thing = feature.anchored(house.id, ref) if ref else None
    if thing is None:
        return None
    url = f"/{house.slug}/{kind}s/{thing.slug}" if thing.is_public and thing.slug else ""
    return About(ref, thing.title, url, Standing.ENDED if thing.is_off else Standing.GOES_ON)


def choices(house: Brand, chosen: str) -> Iterator[tuple[str, str]]:
    """What a call can be about, as (ref, title): campaigns, events to come, and whatever it is about already."""
    offered = [(f"campaign:{row.uid}", _title(row.titles, house)) for row in campaigns(house.id)]
    offered += [(f"event:{row.uid}", _title(row.titles, house)) for row in to_come(events(house.id), clock.now())]
    if chosen and chosen not in dict(offered):
        found = about(chosen, house)
        offered.insert(0, (chosen, found.title if found else chosen))
    yield from offered


def _campaign(row: Campaign, house: Brand) -> About:
    url = f"/{house.slug}/campaigns/{row.slug}" if row.published_at is not None else ""
    return About(f"campaign:{row.uid}", _title(row.titles, house), url, Standing.GOES_ON)


def _title(texts: dict[str, str], house: Brand) -> str:
    return text_in(texts, current_language(), house.default_language)
