"""``/<org>/brand.css``: an organisation's colour as custom properties, so that no page needs an inline style."""

from __future__ import annotations

from flask import Blueprint, make_response, request
from sqlalchemy import select
from werkzeug.wrappers import Response

from mobilize.core.db import session
from mobilize.core.errors import NotFound
from mobilize.core.permissions import public
from mobilize.organisations.colour import palette, style_sheet
from mobilize.organisations.models import Organisation
from mobilize.organisations.queries import IS_TENANT

blueprint = Blueprint("brand", __name__)
_KEEP_SECONDS = 300


@blueprint.get("/<org>/brand.css")
@public
def sheet(org: str) -> Response:
    """The style sheet of one organisation; browsers keep it for a few minutes, then ask whether it changed."""
    accent = session.scalar(select(Organisation.accent).where(Organisation.slug == org, IS_TENANT))
    if accent is None:
        raise NotFound("style sheet")
    response = make_response(style_sheet(palette(accent)))
    response.mimetype = "text/css"
    response.cache_control.public = True
    response.cache_control.max_age = _KEEP_SECONDS
    response.add_etag()
    return response.make_conditional(request)
