"""The one builder of absolute URLs. It takes the organisation, so that domains of their own can come."""

from __future__ import annotations

from mobilize.core.tokens import Purpose, mint

_base_url = "http://127.0.0.1:8000"

# Where each kind of token is opened (DESIGN: /c/ confirm, /p/ preferences, /u/ unsubscribe, /l/ link).
_TOKEN_PATHS = {
    Purpose.CONFIRM: "/c/",
    Purpose.PREFERENCES: "/p/",
    Purpose.FOOTER: "/p/",
    Purpose.UNSUBSCRIBE: "/u/",
    Purpose.LINK: "/l/",
    Purpose.INVITATION: "/studio/invitation/",
    Purpose.RESET: "/studio/reset/",
}


def use(base_url: str) -> None:
    """Build URLs under ``base_url`` in this process from now on."""
    global _base_url
    _base_url = base_url.rstrip("/")


def absolute(path: str) -> str:
    """``path`` (starting with a slash) on this installation."""
    return _base_url + path


def organisation_url(slug: str, path: str = "/") -> str:
    """A public page of one organisation, ``path`` below its own root."""
    return absolute(f"/{slug}{path}")


def token_url(purpose: Purpose, *ids: int) -> str:
    """A personal link; made anew at each rendering."""
    return absolute(_TOKEN_PATHS[purpose] + mint(purpose, *ids))


def media_url(name: str) -> str:
    """A stored picture, by its hash name."""
    return absolute(f"/media/{name}")
