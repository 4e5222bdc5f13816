"""What public pages have in common: the language they speak, and who is asking, as limits count it."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlencode

from flask import request

from mobilize.core import clock, crypto, i18n, pages
from mobilize.organisations.queries import Brand


def speak(organisation: Brand, own: str = "") -> str:
    """Choose and set the page's language: asked for in the URL, else the person's ``own``, else the browser's."""
    available, default = list(organisation.languages), organisation.default_language
    asked = "lang" in request.args or not own
    language = pages.choose_language(available, default) if asked else i18n.supported(own, available, default)
    i18n.set_language(language)
    return language


def with_language(path: str, **query: str) -> str:
    """``path`` in the language that the visitor asked for, if they did."""
    asked = {"lang": request.args["lang"]} if "lang" in request.args else {}
    together = urlencode({**asked, **query})
    return f"{path}?{together}" if together else path


def client_key() -> bytes:
    """Who is asking: the network address (of IPv6 the /64 that one customer has), hashed under today's salt."""
    return crypto.client_index(_network(request.remote_addr or ""), clock.now().date().isoformat())


def _network(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    return address if parsed.version == 4 else str(ipaddress.ip_network((parsed, 64), strict=False))
