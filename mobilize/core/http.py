"""The edge of HTTP: one transaction a request, security headers, and errors that say what to do."""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import urlsplit

import structlog
from flask import Flask, Request, Response, g, jsonify, render_template, request
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.routing import MapAdapter

from mobilize.core import bodies, db, security_events
from mobilize.core.errors import MobilizeError, NotAllowed, NotFound, TokenRefused, TooMany
from mobilize.core.even_answers import wait_evenly
from mobilize.core.i18n import _

log = structlog.get_logger(__name__)

CONTENT_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "worker-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "frame-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), browsing-topics=()",
    "Cache-Control": "no-store",
}


class MobilizeFlask(Flask):
    """Flask with one database unit around each request: read-only for GET, committed once for the rest."""

    def full_dispatch_request(self) -> Response:
        """The answer to a request, in its time."""
        answer = self._answered()
        wait_evenly()
        return answer

    def _answered(self) -> Response:
        """The answer; a request that PostgreSQL ended because two waited for each other is run once more."""
        try:
            return self._in_a_unit()
        except DBAPIError as error:
            if not _may_run_again(error):
                raise
        log.warning("http.run_again", endpoint=request.endpoint)
        _begin_anew()
        return self._in_a_unit()

    def _in_a_unit(self) -> Response:
        unit = db.reading() if request.method in bodies.SAFE_METHODS else db.writing()
        with unit:
            response = super().full_dispatch_request()
            if response.status_code >= 400:
                db.abandon()
            return response

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Refuse names that are not in ``OWN_HOSTS``; Flask's ``TRUSTED_HOSTS`` takes no IPv6 address."""
        adapter = super().create_url_adapter(request)
        own: frozenset[str] | None = self.config["OWN_HOSTS"]
        if request is not None and own is not None and urlsplit(f"//{request.host}").hostname not in own:
            raise SecurityError("not a name of this server")
        return adapter


def install(app: Flask, *, hsts: bool) -> None:
    """Read bodies before anything else, add headers to every response and a page (or JSON) to every error."""

    app.before_request(_refuse_nul)
    app.before_request(bodies.read)

    @app.after_request
    def headers(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if "retry_after" in g:
            response.headers["Retry-After"] = str(g.retry_after)
        if hsts:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
        return response

    app.register_error_handler(MobilizeError, _known)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unknown)


def _refuse_nul() -> None:
    """Raises NotFound: a NUL in the address, which PostgreSQL takes in no text; nothing of ours has such a name."""
    if "\0" in request.path or any("\0" in part for pair in request.args.items(multi=True) for part in pair):
        raise NotFound("page")


def _known(error: MobilizeError) -> tuple[Response, int] | tuple[str, int]:
    if error.status >= 500:
        return _unknown(error)
    if isinstance(error, TooMany):
        g.retry_after = error.retry_after
    if isinstance(error, TokenRefused):
        security_events.note_token(error, request.endpoint)
    return _answer(error.status, _message_for(error))


def _message_for(error: MobilizeError) -> str:
    """What the page adds to its own words; what was missing or not allowed is for developers to read."""
    if isinstance(error, NotFound | NotAllowed):
        return ""
    if isinstance(error, TokenRefused):
        return _("This link has expired") if error.expired else _("This link is not valid")
    return str(error)


def _http(error: HTTPException) -> Any:
    if error.code is None or error.code < 400:
        return error
    return _answer(error.code, "")


def _unknown(error: Exception) -> tuple[Response, int] | tuple[str, int]:
    """A fault of ours: an id on the page that stands in the log, and nothing else about it."""
    if _may_run_again(error):
        raise error
    fault = secrets.token_hex(6)
    log.error("http.fault", fault=fault, endpoint=request.endpoint, exc_info=error)
    db.abandon()
    return _answer(500, "", fault=fault)


def _may_run_again(error: Exception) -> bool:
    return db.is_circle(error) and "run_again" not in g


def _begin_anew() -> None:
    """Forget what the first run found (its transaction is gone), and let uploads be read again."""
    for name in [*g]:
        g.pop(name)
    g.run_again = True
    for upload in request.files.values():
        upload.seek(0)


def _answer(status: int, message: str, fault: str = "") -> tuple[Response, int] | tuple[str, int]:
    if request.path.startswith("/api/") or request.accept_mimetypes.best == "application/json":
        return jsonify(status=status, error=message or None, fault=fault or None), status
    return render_template("errors/error.html", status=status, message=message, fault=fault), status
