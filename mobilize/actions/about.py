"""What a call is about: a case, an event or a campaign, named by its ref and read through the feature that has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mobilize.actions.rules import Standing
from mobilize.appeals.appeal import queries as appeals
from mobilize.appeals.appeal.gates import is_checked_now
from mobilize.appeals.appeal.models import Appeal
from mobilize.appeals.appeal.rules import PUBLIC, SILENT, is_over
from mobilize.campaigns.models import Campaign
from mobilize.campaigns.queries import campaigns
from mobilize.core import clock, feature
from mobilize.core.errors import NotFound
from mobilize.core.i18n import current_language, text_in
from mobilize.events.queries import events, to_come
from mobilize.organisations.queries import Brand


@dataclass(frozen=True)
class About:
    """``url`` is the public page, empty where visitors do not see one.

    ``approved`` are the fingerprints of the calls that were approved with it, by ref; None where none needs to be.
    """

    ref: str
    title: str
    url: str
    standing: Standing
    approved: Mapping[str, str] | None = None


def about(ref: str, organisation: Brand) -> About | None:
    """What a call of an organisation is about; None without a ref, or where the thing is gone."""
    kind, _colon, uid = ref.partition(":")
    if kind == "appeal":
        return _appeal(uid, organisation)
    if kind == "campaign":
        return next((_campaign(row, organisation) for row in campaigns(organisation.id) if row.uid == uid), None)
    thing = feature.anchored(organisation.id, ref) if ref else None
    if thing is None:
        return None
    url = f"/{organisation.slug}/{kind}s/{thing.slug}" if thing.is_public and thing.slug else ""
    return About(ref, thing.title, url, Standing.ENDED if thing.is_off else Standing.GOES_ON)


def choices(organisation: Brand, chosen: str) -> Iterator[tuple[str, str]]:
    """What a call can be about, as (ref, title): appeals, campaigns, events to come, and what it is about already."""
    offered = [
        (f"appeal:{row.uid}", appeals.title_of(row)) for row in appeals.appeals(organisation.id) if not row.outcome
    ]
    offered += [(f"campaign:{row.uid}", _title(row.titles, organisation)) for row in campaigns(organisation.id)]
    offered += [
        (f"event:{row.uid}", _title(row.titles, organisation)) for row in to_come(events(organisation.id), clock.now())
    ]
    if chosen and chosen not in dict(offered):
        found = about(chosen, organisation)
        offered.insert(0, (chosen, found.title if found else chosen))
    yield from offered


def appeal_of(ref: str, organisation_id: int) -> Appeal | None:
    """The appeal that ``ref`` names; None if it names another thing, or nothing that is there."""
    kind, _colon, uid = ref.partition(":")
    try:
        return appeals.appeal_by_uid(organisation_id, uid) if kind == "appeal" else None
    except NotFound:
        return None


def _appeal(uid: str, organisation: Brand) -> About | None:
    row = appeal_of(f"appeal:{uid}", organisation.id)
    if row is None:
        return None
    url = f"/{organisation.slug}/appeals/{row.slug}" if row.state in PUBLIC else ""
    standing = _standing(row) if row.state in PUBLIC else Standing.CHECKED
    return About(f"appeal:{uid}", appeals.title_of(row), url, standing, appeals.approved_additions(row))


def _standing(row: Appeal) -> Standing:
    if row.outcome in SILENT:
        return Standing.GRAVE
    if row.outcome is not None or is_over(row.act_until, row.timezone, clock.now()):
        return Standing.ENDED
    return Standing.CHECKED if is_checked_now(row) else Standing.GOES_ON


def _campaign(row: Campaign, organisation: Brand) -> About:
    url = f"/{organisation.slug}/campaigns/{row.slug}" if row.published_at is not None else ""
    return About(f"campaign:{row.uid}", _title(row.titles, organisation), url, Standing.GOES_ON)


def _title(texts: dict[str, str], organisation: Brand) -> str:
    return text_in(texts, current_language(), organisation.default_language)
