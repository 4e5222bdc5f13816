"""The web application: wiring only."""

from __future__ import annotations

import os
from collections.abc import Sequence
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from mobilize.accounts import confirmation, logged_out
from mobilize.core import crypto, feature, http, logs, pages, startup
from mobilize.core.errors import MobilizeError
from mobilize.core.feature import Feature
from mobilize.core.identities import identify_link
from mobilize.core.permissions import guard, undeclared_routes
from mobilize.core.settings import Settings, load
from mobilize.features import FEATURES
from mobilize.studio import navigation


def create_app(settings: Settings | None = None, features: Sequence[Feature] = FEATURES) -> Flask:
    """The WSGI application for ``settings`` (default: the environment), with the pages of ``features``.

    Raises:
        ConfigurationError: a key is missing or a setting cannot be used.
        MobilizeError: a route declares no permission.
    """
    settings = settings or load(os.environ)
    feature.use(features)
    logs.configure()
    startup.connect(settings)
    app = http.MobilizeFlask("mobilize")
    app.config.update(
        **_flash_cookie(settings),
        SETTINGS=settings,
        OWN_HOSTS=_own_hosts(settings),
        MAX_CONTENT_LENGTH=12 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=4 * 1024 * 1024,
    )
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]
    pages.install(app)
    http.install(app, hsts=settings.secure_cookies)
    identifiers = [identify_link, *(feature.load(part) for one in features for part in one.identities)]
    guard(app, identifiers, logged_out=logged_out.answer, confirm=confirmation.require)
    navigation.install(app)
    for part in (part for one in features for part in one.blueprints):
        app.register_blueprint(feature.load(part))
    undeclared = undeclared_routes(app)
    if undeclared:
        raise MobilizeError(f"routes without a declared permission: {', '.join(undeclared)}")
    return app


def _own_hosts(settings: Settings) -> frozenset[str | None]:
    """The names under which this server answers; on loopback, each name of this machine."""
    base = urlsplit(settings.base_url).hostname
    return frozenset({base, "127.0.0.1", "localhost", "::1"} if settings.is_loopback else {base})


def _flash_cookie(settings: Settings) -> dict[str, object]:
    """Flask's own session carries nothing but the answer to what staff just did, from one page to the next."""
    secrets = [secret.derived(b"flash").hex() for secret in crypto.keyring().secrets]
    return {
        "SECRET_KEY": secrets[0],
        "SECRET_KEY_FALLBACKS": secrets[1:],
        "SESSION_COOKIE_NAME": "__Host-flash" if settings.secure_cookies else "flash",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": settings.secure_cookies,
    }
