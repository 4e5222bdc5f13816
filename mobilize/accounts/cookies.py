"""The one cookie of the studio: a random secret, out of reach of scripts and of other sites."""

from __future__ import annotations

from flask import current_app, request
from werkzeug.wrappers import Response

from mobilize.accounts.sessions import LIFETIME
from mobilize.core.settings import Settings


def session_secret() -> str:
    """What the browser sent; blank without a session."""
    return request.cookies.get(_name(), "")


def remember(response: Response, secret: str) -> Response:
    """Give the browser its secret. The prefix ``__Host-`` keeps other hosts from planting one (RFC 6265bis, 4.1.3)."""
    response.set_cookie(
        _name(),
        secret,
        max_age=LIFETIME,
        path="/",
        secure=_settings().secure_cookies,
        httponly=True,
        samesite="Lax",
    )
    return response


def forget(response: Response) -> Response:
    """Take the secret back."""
    response.delete_cookie(_name(), path="/", secure=_settings().secure_cookies, httponly=True, samesite="Lax")
    return response


def _name() -> str:
    return "__Host-mobilize" if _settings().secure_cookies else "mobilize"


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
