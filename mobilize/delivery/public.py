"""The one public address of the engine: an ordinary link of a mail."""

from __future__ import annotations

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from mobilize.core.permissions import public
from mobilize.delivery import links

blueprint = Blueprint("delivery_public", __name__)


@blueprint.get("/l/<token>")
@public
def follow(token: str) -> Response:
    """Go where the mail pointed. HEAD asks without going, so it is not counted."""
    link = links.resolve(token)
    if request.method == "GET":
        links.count_click(link.id)
    return redirect(link.url, code=302)
