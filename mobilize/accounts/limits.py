"""How often a password may be tried and a mail be asked for, per account and per client."""

from __future__ import annotations

from mobilize.core import limits
from mobilize.core.clients import client_key
from mobilize.core.errors import TooMany
from mobilize.core.i18n import _

PER_CLIENT = "60 per 15 minutes"
PER_ACCOUNT_FROM_ONE_CLIENT = "15 per 15 minutes"
PER_ACCOUNT = "200 per 15 minutes"
"""From wherever: enough to slow a botnet down, and more than one stranger needs to lock a colleague out."""
PER_MAILBOX = ("3 per hour", "10 per day")
_WINDOW_SECONDS = 15 * 60


def count_try(login_index: bytes) -> None:
    """One try of a password for an account, from this request's client.

    Raises:
        TooMany: more than a person needs; the account's owner can still choose a new password by mail.
    """
    allowed = (
        limits.allow("login.client", client_key(), PER_CLIENT)
        and limits.allow("login.account.client", login_index + client_key(), PER_ACCOUNT_FROM_ONE_CLIENT)
        and limits.allow("login.account", login_index, PER_ACCOUNT)
    )
    if not allowed:
        raise TooMany(
            _("There were too many tries to log in. Wait 15 minutes, or choose a new password by email"),
            _WINDOW_SECONDS,
        )


def forget_own_tries(login_index: bytes) -> None:
    """The right password came from this client: its tries for this account count no longer.

    What other clients tried for the account still counts, and what this client tried for others: whoever has one
    account must not be able to start both counters anew.
    """
    limits.clear("login.account.client", login_index + client_key(), PER_ACCOUNT_FROM_ONE_CLIENT)


def forget_tries(login_index: bytes) -> None:
    """A new password was chosen by mail: what strangers tried before keeps its owner out no longer."""
    limits.clear("login.account", login_index, PER_ACCOUNT)
    limits.clear("login.account.client", login_index + client_key(), PER_ACCOUNT_FROM_ONE_CLIENT)


def count_reset(login_index: bytes) -> bool:
    """One request of a reset mail; false when this address was mailed often enough (the page does not tell).

    Raises:
        TooMany: too many from this client, whatever the addresses.
    """
    if not limits.allow("reset.client", client_key(), "30 per hour"):
        raise TooMany(_("Too many emails were requested from here. Wait an hour"), 3600)
    return all(limits.allow("reset.account", login_index, limit) for limit in PER_MAILBOX)


def count_invitation(user_uid: str) -> None:
    """One invitation by a member.

    Raises:
        TooMany: an account that was taken over must not become a way to mail strangers.
    """
    if not limits.allow("invite", user_uid.encode(), "50 per day"):
        raise TooMany(_("You invited 50 people today. Go on tomorrow"), 24 * 3600)
