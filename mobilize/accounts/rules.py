"""Decisions about paths and origins; pure."""

from __future__ import annotations

from urllib.parse import urlsplit

from mobilize.core.links import inside

START = "/studio/"
_PORTS = {"http": 80, "https": 443}


def own_path(wanted: str | None) -> str:
    """``wanted`` if it is a page of the studio, else the studio's start: a login never leads to another site."""
    return inside(wanted, START) or START


def is_own_origin(origin: str, base_url: str) -> bool:
    """Whether an ``Origin`` (RFC 6454: scheme, host, port) is that of ``base_url``; ``null`` is nobody's."""
    named = _origin(origin)
    return named is not None and named == _origin(base_url)


def _origin(url: str) -> tuple[str, str, int] | None:
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return None
    return (parts.scheme, parts.hostname, port) if parts.hostname and port else None
