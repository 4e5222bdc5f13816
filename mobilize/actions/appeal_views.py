"""The calls to action of one appeal, beside its other pages."""

from __future__ import annotations

from flask import Blueprint, render_template

from mobilize.actions import queries, words
from mobilize.appeals.appeal.queries import appeal_by_slug, title_of
from mobilize.core.permissions import organisation, requires
from mobilize.organisations.queries import brand

blueprint = Blueprint("appeal_actions", __name__, url_prefix="/studio/<org>/appeals/<appeal_slug>/petitions")


@blueprint.get("")
@requires("action.read")
def index(org: str, appeal_slug: str) -> str:
    """They are approved with the appeal, so they are made before it is sent to the second person."""
    house = brand(organisation().id)
    appeal = appeal_by_slug(house.id, appeal_slug)
    found = queries.actions_meant(house.id, f"appeal:{appeal.uid}")
    return render_template(
        "actions/of_appeal.html",
        org=org,
        brand=house,
        appeal=appeal,
        title=title_of(appeal),
        rows=found,
        numbers=queries.counts([row.id for row in found]),
        words=words,
    )
