"""What visitors see of appeals: the list and a page each."""

from __future__ import annotations

from flask import Blueprint, g, render_template

from mobilize.appeals.appeal import queries, showing
from mobilize.campaigns.queries import campaign_of
from mobilize.core import clock
from mobilize.core.permissions import public
from mobilize.organisations.queries import Brand, brand_by_slug
from mobilize.visitors.language import speak, with_language

blueprint = Blueprint("public_appeals", __name__)


@blueprint.get("/<org>/appeals")
@public
def index(org: str) -> str:
    """Those on which people can act, and those that are closed."""
    house = _house(org)
    found = [(row, showing.standing(row, clock.now())) for row in queries.public_appeals(house.id)]
    return render_template(
        "appeals/public_appeals.html",
        organisation=house,
        open=[one for one in found if one[0].outcome is None],
        closed=[one for one in found if one[0].outcome is not None],
        heading=lambda row, may: showing.title(row, queries.published_of(row), may, house),
        showing=showing,
        queries=queries,
        with_language=with_language,
    )


@blueprint.get("/<org>/appeals/<appeal_slug>")
@public
def show(org: str, appeal_slug: str) -> str:
    """An appeal; what became of it stands above its own text, and in place of every ask."""
    house, now = _house(org), clock.now()
    row = queries.public_appeal(house.id, appeal_slug)
    approved, may, words = queries.approved_additions(row), showing.standing(row, now), queries.published_of(row)
    added = queries.additions_of(row, house) if may.asks else ()
    campaign = campaign_of(row.organisation_id, "appeal", row.uid)
    return render_template(
        "appeals/public_appeal.html",
        organisation=house,
        row=row,
        words=words,
        heading=showing.title(row, words, may, house),
        may=may,
        added=[one.entry for one in added if one.is_public and approved.get(one.ref) == one.fingerprint],
        furthers=queries.furthers_of(row) if may.tells else [],
        later=queries.superseded_by(row),
        campaign=campaign if campaign is not None and campaign.published_at is not None else None,
        showing=showing,
        queries=queries,
        with_language=with_language,
    )


def _house(org: str) -> Brand:
    house = brand_by_slug(org)
    g.organisation = house
    speak(house)
    return house
