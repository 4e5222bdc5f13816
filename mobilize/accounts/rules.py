"""Decisions about paths; pure."""

from __future__ import annotations

from urllib.parse import urlsplit

START = "/studio/"


def own_path(wanted: str | None) -> str:
    """``wanted`` if it is a page of the studio, else the studio's start: a login never leads to another site.

    Browsers read a backslash as a slash and drop tabs and line breaks (WHATWG URL, 4.4), so such paths are refused.
    """
    if not wanted or not wanted.startswith(START) or any(c == "\\" or ord(c) < 33 or ord(c) == 127 for c in wanted):
        return START
    parts = urlsplit(wanted)
    return wanted if not parts.scheme and not parts.netloc else START
