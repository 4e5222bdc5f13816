"""The one builder of absolute URLs, and of the address to leave by mail.

It takes the organisation, so that domains of their own can come.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from mobilize.core.token_addresses import token_address
from mobilize.core.tokens import Purpose, mint

LEAVE = "leave"
LEAVE_BY_MAIL = Purpose("leave-by-mail")

_base_url = "http://127.0.0.1:8000"
_leave_domain = ""


def use(base_url: str, leave_domain: str = "") -> None:
    """Build URLs under ``base_url`` in this process from now on; who leaves by mail writes to ``leave_domain``."""
    global _base_url, _leave_domain
    _base_url, _leave_domain = base_url.rstrip("/"), leave_domain


def absolute(path: str) -> str:
    """``path`` (starting with a slash) on this installation."""
    return _base_url + path


def inside(wanted: str | None, start: str) -> str | None:
    """``wanted`` if it is a path below ``start`` on this site, else None: for addresses that a request brings.

    Browsers read a backslash as a slash and drop tabs and line breaks (WHATWG URL, 4.4), so such paths are refused.
    """
    if not wanted or not wanted.startswith(start) or any(c == "\\" or ord(c) < 33 or ord(c) == 127 for c in wanted):
        return None
    parts = urlsplit(wanted)
    return wanted if not parts.scheme and not parts.netloc else None


def organisation_url(slug: str, path: str = "/") -> str:
    """A public page of one organisation, ``path`` below its own root."""
    return absolute(f"/{slug}{path}")


def token_url(purpose: Purpose, *ids: int) -> str:
    """A personal link; made anew at each rendering."""
    return absolute(purpose.path + mint(purpose, *ids))


def leave_address(*ids: int) -> str:
    """Where a mail takes a person off what its link for leaving names; empty where nobody would receive it."""
    if not _leave_domain:
        return ""
    return token_address(LEAVE, LEAVE_BY_MAIL, *ids, domain=_leave_domain)


def media_url(name: str) -> str:
    """A stored picture, by its hash name."""
    return absolute(f"/media/{name}")
