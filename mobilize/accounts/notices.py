"""Mail that tells a user what changed about their account, so that somebody else's change does not stay unseen.

Over the installation's server, as all mail about accounts. It holds no personal link: a mail that looks like it gains
nothing, and nothing happens by opening it. Whatever else lets somebody sign in one day tells it by ``sign_in_changed``.
"""

from __future__ import annotations

from mobilize.accounts import mails
from mobilize.accounts.models import User
from mobilize.accounts.words import AUDIT
from mobilize.core import i18n, limits
from mobilize.core.roles import Role
from mobilize.organisations.queries import brand

PER_DAY = "10 per day"


def password_changed(user: User) -> None:
    """On their own page or by a mailed link."""
    mails.send_notice("accounts/password-changed", user)


def sign_in_changed(user: User) -> None:
    """A way to sign in was added, changed or taken away."""
    mails.send_notice("accounts/sign-in-changed", user)


def role_changed(user: User, organisation_id: int, role: Role) -> None:
    """They have this role in the organisation from now on; told ten times a day at most, as ``removed`` is."""
    if not _may_tell(user):
        return
    with i18n.using(user.language):
        word = str(AUDIT[f"fact:role:{role.value}"])
    mails.send_notice("accounts/role-changed", user, {"organisation": _called(organisation_id, user), "role": word})


def removed(user: User, organisation_id: int) -> None:
    """They no longer work in the organisation."""
    if _may_tell(user):
        mails.send_notice("accounts/removed", user, {"organisation": _called(organisation_id, user)})


def _may_tell(user: User) -> bool:
    """An owner who changes a role back and forth must not fill a mailbox."""
    return limits.allow("notice.role", user.uid.encode(), PER_DAY)


def _called(organisation_id: int, user: User) -> str:
    organisation = brand(organisation_id)
    return organisation.name_in(user.language) or organisation.slug
