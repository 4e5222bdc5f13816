"""How often a password may be tried and a mail be asked for, per account and per client."""

from __future__ import annotations

from flask import request

from mobilize.core import clock, crypto, limits
from mobilize.core.errors import TooMany
from mobilize.core.i18n import _

_WINDOW_SECONDS = 15 * 60


def count_try(login_index: bytes) -> None:
    """One try of a password for an account, from this request's client.

    Raises:
        TooMany: more than a person needs; the account's owner can still choose a new password by mail.
    """
    by_client = limits.allow("login.client", _client(), "60 per 15 minutes")
    by_account = limits.allow("login.account", login_index, "15 per 15 minutes")
    if not (by_client and by_account):
        raise TooMany(
            _("There were too many tries to log in. Wait 15 minutes, or choose a new password by mail"), _WINDOW_SECONDS
        )


def count_reset(login_index: bytes) -> bool:
    """One request of a reset mail; false when this address was mailed often enough (the page does not tell).

    Raises:
        TooMany: too many from this client, whatever the addresses.
    """
    if not limits.allow("reset.client", _client(), "30 per hour"):
        raise TooMany(_("Too many mails were asked for from here. Wait an hour"), 3600)
    return limits.allow("reset.account", login_index, "3 per hour")


def count_invitation(user_uid: str) -> None:
    """One invitation by a member.

    Raises:
        TooMany: an account that was taken over must not become a way to mail strangers.
    """
    if not limits.allow("invite", user_uid.encode(), "50 per day"):
        raise TooMany(_("You invited 50 people today. Go on tomorrow"), 24 * 3600)


def _client() -> bytes:
    return crypto.client_index(request.remote_addr or "", clock.now().date().isoformat())
