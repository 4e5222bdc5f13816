"""/outgoing/<token>: what goes out, for a colleague's calendar program, which has no session."""

from __future__ import annotations

from flask import Blueprint, Response, g

from mobilize.core import clock, tokens
from mobilize.core.errors import NotFound, TokenRefused
from mobilize.core.i18n import set_language
from mobilize.core.permissions import public
from mobilize.organisations.queries import brand
from mobilize.schedules import feeds
from mobilize.schedules.purposes import FEED

blueprint = Blueprint("outgoing_feed", __name__)


@blueprint.get("/outgoing/<token>")
@public
def feed(token: str) -> Response:
    """The feed. Whatever is wrong with the link, it is not found: nobody learns whether there was one."""
    try:
        (link_id,) = tokens.read(FEED, token)
    except (TokenRefused, ValueError):
        raise NotFound("calendar") from None
    row = feeds.opened(link_id)
    house = brand(row.organisation_id)
    g.organisation = house
    set_language(feeds.language_of(row))
    made = Response(feeds.feed(house, row, clock.now()), content_type="text/calendar; charset=utf-8")
    made.headers["Content-Disposition"] = f'attachment; filename="{house.slug}-outgoing.ics"'
    made.headers["Cache-Control"] = "private, no-cache"
    return made
