"""What entries of the activity log about colleagues and invitations are about, for owners."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from mobilize.accounts.queries import invited_as, names_of
from mobilize.core.feature import AuditSubject

_PAGE = "colleagues.index"


def users(organisation_id: int, uids: Collection[str]) -> Mapping[str, AuditSubject]:
    """Colleagues, and those who were some."""
    return {uid: AuditSubject(one.in_one, _PAGE, {}) for uid, one in names_of(organisation_id, uids).items()}


def invitations(organisation_id: int, uids: Collection[str]) -> Mapping[str, AuditSubject]:
    """The invited address."""
    return {uid: AuditSubject(address, _PAGE, {}) for uid, address in invited_as(organisation_id, uids).items()}


SUBJECTS = {"user": users, "invitation": invitations}
