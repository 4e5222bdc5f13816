"""The web application: wiring only."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from flask import Blueprint, Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from mobilize.accounts import colleague_views, trail
from mobilize.accounts import views as accounts
from mobilize.accounts.identify import identify
from mobilize.core import crypto, http, logs, pages, startup
from mobilize.core.errors import MobilizeError
from mobilize.core.permissions import guard, undeclared_routes
from mobilize.core.settings import Settings, load
from mobilize.delivery import public as delivery
from mobilize.delivery.metrics import mail_metrics
from mobilize.delivery.outgoing import views as outgoing
from mobilize.delivery.suppression import views as suppressions
from mobilize.inbox import public as inbox
from mobilize.mailings import sending_views as sending
from mobilize.mailings import views as mailings
from mobilize.mailings import writing_views as writing
from mobilize.media import public as media
from mobilize.media import views as pictures
from mobilize.organisations import views as organisations
from mobilize.reports import views as reports
from mobilize.server import health, metrics
from mobilize.signup import confirmation
from mobilize.signup import public as signup
from mobilize.signup import views as signup_views
from mobilize.site import brand
from mobilize.site import public as site
from mobilize.studio import navigation, pieces
from mobilize.studio import views as studio
from mobilize.subscribers import list_views, preferences, unsubscribe
from mobilize.subscribers import views as subscribers

BLUEPRINTS: tuple[Blueprint, ...] = (
    health.blueprint,
    inbox.blueprint,
    accounts.blueprint,
    colleague_views.blueprint,
    trail.blueprint,
    organisations.blueprint,
    outgoing.blueprint,
    brand.blueprint,
    pieces.blueprint,
    studio.blueprint,
    media.blueprint,
    pictures.blueprint,
    mailings.blueprint,
    sending.blueprint,
    writing.blueprint,
    reports.blueprint,
    confirmation.blueprint,
    signup.blueprint,
    signup_views.blueprint,
    list_views.blueprint,
    suppressions.blueprint,
    subscribers.blueprint,
    preferences.blueprint,
    unsubscribe.blueprint,
    site.blueprint,
    delivery.blueprint,
)


def create_app(settings: Settings | None = None) -> Flask:
    """The WSGI application for ``settings`` (default: the environment).

    Raises:
        ConfigurationError: a key is missing or a setting cannot be used.
        MobilizeError: a route declares no permission.
    """
    settings = settings or load(os.environ)
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
    guard(app, identify, login_endpoint="accounts.login")
    navigation.install(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    metrics.add_source(mail_metrics)
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
