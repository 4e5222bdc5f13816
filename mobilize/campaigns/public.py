"""/<org>/campaigns/: the campaigns of an organisation as visitors see them, each with its events and documents."""

from __future__ import annotations

from flask import Blueprint, g, render_template
from markupsafe import Markup

from mobilize.campaigns import queries, showing
from mobilize.core import clock
from mobilize.core.i18n import current_language, text_in
from mobilize.core.permissions import public
from mobilize.delivery.composing import markdown
from mobilize.organisations.queries import Brand, brand_by_slug
from mobilize.visitors.language import speak, with_language

blueprint = Blueprint("public_campaigns", __name__)


@blueprint.get("/<org>/campaigns/")
@public
def index(org: str) -> str:
    """Those that are published: under way or to come, then those that are over."""
    house, now = brand_by_slug(org), clock.now()
    g.organisation = house
    speak(house)
    found = queries.published_campaigns(house.id)
    return render_template(
        "campaigns/public_list.html",
        organisation=house,
        current=[row for row in found if not row.when.is_over(now)],
        over=[row for row in found if row.when.is_over(now)],
        showing=showing,
        with_language=with_language,
    )


@blueprint.get("/<org>/campaigns/<campaign_slug>")
@public
def show(org: str, campaign_slug: str) -> str:
    """A published campaign."""
    organisation = brand_by_slug(org)
    g.organisation = organisation
    speak(organisation)
    row = queries.published_campaign(organisation.id, campaign_slug)
    return render_template(
        "campaigns/public_campaign.html",
        organisation=organisation,
        row=row,
        entries=showing.belongings(row, organisation, visitors=True),
        documents=queries.documents(row.id),
        showing=showing,
        html=lambda texts: _html(texts, organisation),
        with_language=with_language,
    )


def _html(texts: dict[str, str], organisation: Brand) -> Markup:
    words = text_in(texts, current_language(), organisation.default_language)
    return markdown.to_html(markdown.parse(words, str))
