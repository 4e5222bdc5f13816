"""Limits as owners type them: pure."""

from __future__ import annotations

from mobilize.core import text
from mobilize.core.errors import Refused
from mobilize.core.i18n import _

LEAST, MOST = 0.1, 10_000.0
MOST_DOMAINS = 50


def rate_in(field: str, typed: str) -> float:
    """Mails a second, with a comma or a point.

    Raises:
        Refused: no number, or one outside of 0.1 to 10,000.
    """
    try:
        rate = float(typed.strip().replace(",", "."))
    except ValueError:
        rate = 0.0
    if not LEAST <= rate <= MOST:
        raise Refused(field, _("Enter a number from 0.1 to 10000"))
    return rate


def domain_rates(field: str, typed: str) -> dict[str, float]:
    """Lines like ``example.net 20`` as rates by domain (ASCII, lower case); empty lines are left out.

    Raises:
        Refused: a line that says something else, with its number, or too many.
    """
    rates: dict[str, float] = {}
    lines = [(number, line.split()) for number, line in enumerate(typed.splitlines(), 1) if line.strip()]
    if len(lines) > MOST_DOMAINS:
        raise Refused(field, _("Enter at most %(count)d domains", count=MOST_DOMAINS))
    for number, parts in lines:
        try:
            domain, rate = parts
            address = text.mail_address(field, f"a@{domain}")
            rates[address.removeprefix("a@")] = rate_in(field, rate)
        except (ValueError, Refused):
            message = _("Line %(number)d: write a domain and a number, like example.net 20", number=number)
            raise Refused(field, message) from None
    return rates


def typed_rates(rates: dict[str, float]) -> str:
    """The lines that ``domain_rates`` reads."""
    return "\n".join(f"{domain} {rate:g}" for domain, rate in sorted(rates.items()) if domain)
