"""Which browser a session is in, in plain words; pure.

Only a name of these lists is ever kept: a version, a device or a text of its own would tell browsers apart.
"""

from __future__ import annotations

from dataclasses import dataclass

# The first that is found counts: most browsers also name those before them.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True)
class Browser:
    """Name of the browser and of what it runs on; blank where it does not say so."""

    name: str = ""
    system: str = ""


def browser_of(user_agent: str) -> Browser:
    """What a ``User-Agent`` (RFC 9110, 10.1.5) says, as far as we know its words."""
    return Browser(_first(_BROWSERS, user_agent), _first(_SYSTEMS, user_agent))


def _first(known: tuple[tuple[str, str], ...], user_agent: str) -> str:
    return next((name for mark, name in known if mark in user_agent), "")
