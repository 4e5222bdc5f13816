"""Static files under names that change with their content, so that browsers may keep them for ever."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, request

FOLDER = Path(__file__).resolve().parent.parent / "static"
_FOR_EVER = "public, max-age=31536000, immutable"
_CHECK_FIRST = "no-cache"


def asset_url(path: str) -> str:
    """``"/static/css/core.css?v=1f0c…"`` for a path inside ``static/``; the mark is of its content.

    Raises:
        FileNotFoundError: there is no such file, which only a mistake in a template can cause.
    """
    return f"/static/{path}?v={_mark(path)}"


def install(app: Flask) -> None:
    """Offer ``asset`` to templates, and let browsers keep what was asked for by its mark."""
    app.jinja_env.globals["asset"] = asset_url

    @app.after_request
    def keep(response: Response) -> Response:
        if request.endpoint == "static" and response.status_code in {200, 304}:
            current = request.args.get("v") == _mark((request.view_args or {})["filename"])
            response.headers["Cache-Control"] = _FOR_EVER if current else _CHECK_FIRST
        return response


def _mark(path: str) -> str:
    return _hash(path, (FOLDER / path).stat().st_mtime_ns)


@lru_cache(maxsize=256)
def _hash(path: str, _changed: int) -> str:
    return hashlib.sha256((FOLDER / path).read_bytes()).hexdigest()[:12]
