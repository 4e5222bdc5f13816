"""What accounts hold about a person: their role in the organisation, and invitations to work there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, select, update

from mobilize.accounts.models import Invitation, LoginSession, MailRequest, Membership, User
from mobilize.accounts.queries import user_by_address
from mobilize.core.db import session
from mobilize.core.errors import Conflict
from mobilize.core.feature import Address, Kept, PersonalData, Section, Value
from mobilize.core.i18n import _, lazy
from mobilize.core.id_lists import one_of

_ROLES = {"email": lazy("Email address"), "name": lazy("Name"), "role": lazy("Role"), "since": lazy("Since")}
_INVITATIONS = {
    "email": lazy("Email address"),
    "role": lazy("Role"),
    "sent": lazy("Sent on"),
    "accepted": lazy("Accepted"),
    "withdrawn": lazy("Withdrawn"),
}


def _held(recipient_ids: Sequence[int]) -> Sequence[Section]:
    works = (
        select(Membership, User)
        .join(User, User.id == Membership.user_id)
        .where(one_of(Membership.recipient_id, recipient_ids))
    )
    invited = select(Invitation).where(one_of(Invitation.recipient_id, recipient_ids)).order_by(Invitation.id)
    roles: list[Mapping[str, Value]] = [
        {"email": Address(user.email), "name": user.name, "role": place.role.value, "since": place.created_at}
        for place, user in session.execute(works)
    ]
    invitations: list[Mapping[str, Value]] = [
        {
            "email": Address(row.email),
            "role": row.role.value,
            "sent": row.created_at,
            "accepted": row.accepted_at,
            "withdrawn": row.withdrawn_at,
        }
        for row in session.scalars(invited)
    ]
    return (
        Section("colleague", lazy("Works here"), _ROLES, roles),
        Section("invitations", lazy("Invitations to work here"), _INVITATIONS, invitations),
    )


def _close(recipient_id: int, address: str) -> None:
    """End invitations, and the account of somebody who works nowhere any more.

    Raises:
        Conflict: they work here: whoever signs in is removed as a colleague first.
    """
    if session.scalar(select(Membership.id).where(Membership.recipient_id == recipient_id)) is not None:
        raise Conflict(_("This person works here. Remove them from the colleagues first"))
    theirs = select(Invitation.id).where(Invitation.recipient_id == recipient_id)
    session.execute(delete(MailRequest).where(MailRequest.invitation_id.in_(theirs)))
    session.execute(delete(Invitation).where(Invitation.recipient_id == recipient_id))
    user = user_by_address(address)
    if user is not None and session.scalar(select(Membership.id).where(Membership.user_id == user.id)) is None:
        session.execute(delete(LoginSession).where(LoginSession.user_id == user.id))
        session.execute(update(Invitation).where(Invitation.invited_by_id == user.id).values(invited_by_id=None))
        session.delete(user)
        session.flush()


def _erase(_recipient_id: int) -> bool:
    """Nothing is left for later."""
    return False


PERSONAL = PersonalData(_held, _erase, _close)
KEPT = (
    Kept(lazy("Colleagues: address, name, role"), lazy("until they are removed, then erased")),
    Kept(lazy("Where colleagues are logged in"), lazy("until they log out, or the session ends by itself")),
    Kept(lazy("Invitations to work here"), lazy("until the person is erased")),
)
