"""How often a client may use public forms, and how many mails a stranger can cause to one mailbox."""

from __future__ import annotations

from mobilize.core import crypto, limits
from mobilize.core.clients import client_key, site_key
from mobilize.core.errors import TooMany
from mobilize.core.i18n import _

POSTS_AN_HOUR = 60
PROVEN_AN_HOUR = 30
PRESSED_AN_HOUR = 6
CLIENTS_A_SITE = 10
"""A site (IPv6 /48) may do what ten of its networks may: a provider gives one customer up to 65,536 of them."""

PER_MAILBOX = ("4/hour", "8/day")
PER_MAILBOX_EVERYWHERE = ("8/hour", "20/day")
"""Over the whole installation: ten organisations together must not fill a mailbox that one of them would spare."""

_EVERYWHERE = ""


def count_client(name: str, an_hour: int) -> None:
    """Count one use of ``name`` by the client of this request.

    Raises:
        TooMany: the client, or the site it belongs to, used it up for this hour.
    """
    if not allow_client(name, an_hour):
        raise TooMany(_("Too many requests came from your network. Try again in an hour"), 3600)


def allow_client(name: str, an_hour: int) -> bool:
    """Count one use of ``name`` by the client of this request; false when it, or its site, used it up for this hour."""
    if not limits.allow(name, client_key(), f"{an_hour}/hour"):
        return False
    site = site_key()
    return site is None or limits.allow(f"{name}.site", site, f"{an_hour * CLIENTS_A_SITE}/hour")


def may_mail(address: str, organisation_uid: str) -> bool:
    """Count one mail that a visitor causes to ``address``; false when its mailbox got enough of them.

    Spellings that reach one mailbox count together (``crypto.mailbox_index``).
    """
    own = crypto.mailbox_index(organisation_uid, address)
    if not all(limits.allow("visitors.mailbox", own, limit) for limit in PER_MAILBOX):
        return False
    everywhere = crypto.mailbox_index(_EVERYWHERE, address)
    return all(limits.allow("visitors.mailbox.everywhere", everywhere, limit) for limit in PER_MAILBOX_EVERYWHERE)
