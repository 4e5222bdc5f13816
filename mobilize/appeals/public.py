"""/<org>/defenders/<slug>: what consent allows to show of a defender, and only while the gate is open."""

from __future__ import annotations

from flask import Blueprint, g, make_response, render_template
from markupsafe import Markup
from werkzeug.wrappers import Response

from mobilize.appeals import queries, showing
from mobilize.appeals.models import Defender
from mobilize.appeals.pictures import pictures_of
from mobilize.appeals.rules import Publish
from mobilize.core.errors import NotFound
from mobilize.core.permissions import public
from mobilize.delivery.composing import markdown
from mobilize.organisations.queries import Brand, brand_by_slug
from mobilize.visitors.language import speak

blueprint = Blueprint("public_defenders", __name__)


@blueprint.get("/<org>/defenders/<slug>")
@public
def show(org: str, slug: str) -> Response:
    """A defender; while the case is being checked the page names nobody. No browser keeps either page."""
    house = brand_by_slug(org)
    g.organisation = house
    speak(house)
    row = queries.defender_by_slug(house.id, slug)
    gate = queries.gate_of(row)
    if not gate.is_open:
        page = render_template("appeals/public_checking.html", organisation=house)
    elif not gate.shows(Publish.NAME):
        raise NotFound("defender")
    else:
        page = _page(house, row, gate)
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response


def _page(house: Brand, row: Defender, gate: queries.Gate) -> str:
    details = queries.details_of(row)
    shows_about = gate.shows(Publish.ABOUT)
    return render_template(
        "appeals/public_defender.html",
        organisation=house,
        row=row,
        details=details,
        shows_about=shows_about,
        abouts=_html(details.about, house) if shows_about and details.about else None,
        events=showing.by_date(queries.timeline(row.id)) if gate.shows(Publish.TIMELINE) else [],
        pictures=pictures_of(row.id) if gate.shows(Publish.PICTURE) else [],
        showing=showing,
    )


def _html(texts: dict[str, str], house: Brand) -> Markup:
    return markdown.to_html(markdown.parse(showing.words_in(texts, house), str))
