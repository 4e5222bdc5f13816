"""What an organisation may be called and how it may be set; pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from mobilize.core import text
from mobilize.core.domains import domain_of
from mobilize.core.errors import Refused
from mobilize.core.i18n import LANGUAGES, _

RESERVED_SLUGS = frozenset({
    "a", "account", "api", "c", "door", "favicon", "forgotten", "g", "healthz", "inbox", "invitation", "l", "language",
    "login", "logout", "media", "metrics", "outgoing", "p", "r", "readyz", "reset", "robots", "static", "studio",
    "u", "ui", "well-known",
})  # fmt: skip
"""First parts of our own addresses, and names that visitors would take for ours."""

# Where no mail can come from: an installation without a domain of its own sends from here into its own inbox.
PLACEHOLDER_DOMAIN = "example.org"


def usable_slug(value: str) -> str:
    """The slug, if an organisation may have it.

    Raises:
        Refused: of another form, or one of our own addresses.
    """
    slug = text.slug("slug", value)
    if slug in RESERVED_SLUGS:
        raise Refused("slug", _("This name is used by the service itself. Choose another"))
    return slug


def usable_languages(languages: Sequence[str], default: str) -> list[str]:
    """Languages in the product's order, without repeats; the default is always one of them.

    Raises:
        Refused: a language that the product does not speak.
    """
    unknown = [code for code in (*languages, default) if code not in LANGUAGES]
    if unknown:
        raise Refused("languages", _("Choose among %(codes)s", codes=", ".join(LANGUAGES)))
    return [code for code in LANGUAGES if code in languages or code == default]


def usable_zone(value: str) -> str:
    """The name of an IANA time zone.

    Raises:
        Refused: no such zone.
    """
    if value not in available_timezones():
        raise Refused("timezone", _("Choose a time zone like Europe/Brussels"))
    return value


def usable_website(value: str) -> str:
    """An http(s) address without credentials, or nothing.

    Raises:
        Refused: anything else.
    """
    address = text.one_line("website", value, at_most=300)
    if not address:
        return ""
    try:
        parts = urlsplit(address)
        sound = parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        sound = False
    if not sound or any(character.isspace() for character in address):
        raise Refused("website", _("Enter an address that begins with https://"))
    return address


def derived_sender(slug: str, base_url: str) -> str:
    """The address that an organisation sends from when nobody names one: at our own host, if that is a domain."""
    host = (urlsplit(base_url).hostname or "").rstrip(".")
    if _is_domain(host):
        return f"news@{host}"
    return f"news@{slug}.{PLACEHOLDER_DOMAIN}"


def derived_installation_sender(base_url: str) -> str:
    """The address that mail about accounts comes from when nobody sets one: at our own host, if that is a domain."""
    host = (urlsplit(base_url).hostname or "").rstrip(".")
    return f"accounts@{host}" if _is_domain(host) else f"accounts@mobilize.{PLACEHOLDER_DOMAIN}"


def is_placeholder(address: str) -> bool:
    """Whether an address is under the domains that exist for examples only (RFC 2606)."""
    domain = domain_of(address)
    return any(domain == one or domain.endswith(f".{one}") for one in ("example.org", "example.net", "example.com"))


def _is_domain(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return "." in host and not host.endswith((".localhost", ".local", ".internal", ".test"))
    return False
