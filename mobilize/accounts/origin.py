"""Forms that are sent without a session: nothing binds them to a browser, so where they come from is looked at.

Every browser in use says it, in ``Sec-Fetch-Site`` (Fetch Metadata), else in ``Origin`` (Fetch, 3.2). Whoever sends
neither is a program: it carries nobody's cookies.
"""

from __future__ import annotations

from flask import current_app, request
from werkzeug.wrappers import Response

from mobilize.accounts.rules import is_own_origin
from mobilize.core.errors import NotAllowed
from mobilize.core.i18n import _
from mobilize.core.security_events import SecurityEvent, note
from mobilize.core.settings import Settings

REFERRER_POLICY = "strict-origin"
"""With ``no-referrer``, which all other pages have, a browser sends ``Origin: null`` with our own forms too."""


def refuse_other_sites() -> None:
    """Raises NotAllowed: the form that is posted stood on a page of another site."""
    if is_from_other_site():
        note(SecurityEvent.OTHER_SITE, endpoint=request.endpoint)
        raise NotAllowed(_("This form was sent from another site"))


def is_from_other_site() -> bool:
    """Whether the browser says that the form stood on a page of another site."""
    site, origin = request.headers.get("Sec-Fetch-Site", ""), request.headers.get("Origin", "")
    return site in {"cross-site", "same-site"} or not (_is_own(origin) or (origin == "null" and site == "same-origin"))


def tell_origin(response: Response) -> Response:
    """Have the browser name the origin of the forms on this page."""
    response.headers["Referrer-Policy"] = REFERRER_POLICY
    return response


def _is_own(origin: str) -> bool:
    settings: Settings = current_app.config["SETTINGS"]
    own = (settings.base_url, request.host_url) if settings.is_loopback else (settings.base_url,)
    return not origin or any(is_own_origin(origin, one) for one in own)
