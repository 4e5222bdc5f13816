"""What a request carries: a form or nothing, counted before anything of it is taken apart.

kind (415) -> client counted by size (429) -> read whole, outside any transaction -> limits (413) -> parsed
"""

from __future__ import annotations

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from mobilize.core import limits
from mobilize.core.clients import client_key
from mobilize.core.errors import TooMany
from mobilize.core.i18n import _

URLENCODED = "application/x-www-form-urlencoded"
FORMS = frozenset({URLENCODED, "multipart/form-data"})
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

PER_CLIENT = "6000 per minute"
"""Portions: a hundred small forms a second, or six large pictures."""
PORTION = 16 * 1024
_WAIT = 60


def read() -> None:
    """Take in the body of a request before anything else is done for it.

    No transaction is open yet: a body that arrives byte by byte must not hold SQLite's one write lock. Werkzeug limits
    size and number of fields of multipart forms only; a million fields take seconds and memory.

    Raises:
        UnsupportedMediaType: not a form; forms of ours take no JSON (flask-wtf would).
        TooMany: this client sent more than people do.
        RequestEntityTooLarge: larger than any form of ours, or of more fields.
    """
    if request.method in SAFE_METHODS:
        return
    if _is_something() and request.mimetype not in FORMS:
        raise UnsupportedMediaType
    if not limits.allow("bodies.client", client_key(), PER_CLIENT, cost=1 + _octets() // PORTION):
        raise TooMany(_("Too much was sent from your network. Try again in a minute"), _WAIT)
    if request.mimetype == URLENCODED:
        body = request.get_data()
        if len(body) > (request.max_form_memory_size or 0) or body.count(b"&") > (request.max_form_parts or 0):
            raise RequestEntityTooLarge
    request.get_data(parse_form_data=True)


def _is_something() -> bool:
    """One-click unsubscribing by some mail programs comes without a body, and then without a type."""
    return bool(request.content_length) or "chunked" in request.headers.get("Transfer-Encoding", "").lower()


def _octets() -> int:
    """Its size as announced; a chunked body announces none and counts as the largest."""
    announced, most = request.content_length, request.max_content_length or 0
    return most if announced is None and _is_something() else min(announced or 0, most)
