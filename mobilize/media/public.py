"""/media/<name>: pictures and documents, for mails and pages anywhere."""

from __future__ import annotations

import re

from flask import Blueprint, Response, current_app, send_file

from mobilize.core.errors import NotFound
from mobilize.core.permissions import public
from mobilize.core.settings import Settings
from mobilize.media.queries import is_served

blueprint = Blueprint("media", __name__)

_NAME = re.compile(r"[0-9a-f]{40}\.(png|jpg|pdf)\Z")
_TYPES = {"png": "image/png", "jpg": "image/jpeg", "pdf": "application/pdf"}
_HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    # Mail programs in browsers show pictures on pages of their own origin.
    "Cross-Origin-Resource-Policy": "cross-origin",
}


@blueprint.get("/media/<name>")
@public
def show(name: str) -> Response:
    """A stored file; its bytes never change, so it may be kept for ever. A PDF is downloaded, not opened here."""
    settings: Settings = current_app.config["SETTINGS"]
    found = _NAME.match(name)
    path = settings.media_dir / name
    if found is None or not is_served(name) or not path.is_file():
        raise NotFound("picture")
    response = send_file(
        path,
        mimetype=_TYPES[found[1]],
        conditional=True,
        etag=name.partition(".")[0],
        as_attachment=found[1] == "pdf",
    )
    response.headers.update(_HEADERS)
    return response
