"""Who works in an organisation: inviting, accepting, changing roles, removing. Nothing here commits.

Every change of owners first locks the organisation's owners, so that two of them cannot remove each other at once.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select, update

from mobilize.accounts import mails, notices, passwords, service
from mobilize.accounts.models import Invitation, Membership, User
from mobilize.accounts.purposes import INVITATION
from mobilize.accounts.queries import organisation_words, user_by_address, user_row
from mobilize.core import audit, clock, crypto, db, text, tokens
from mobilize.core.db import session
from mobilize.core.errors import Conflict, NotFound, Refused, TokenRefused
from mobilize.core.i18n import _
from mobilize.core.roles import OrganisationRef, Role
from mobilize.core.security_events import SecurityEvent, note
from mobilize.organisations.queries import brand


@dataclass(frozen=True)
class Offer:
    """What an invitation's link shows; ``has_account``: its address already signs in with a password."""

    organisation: OrganisationRef
    role: Role
    masked: str
    login_index: bytes
    has_account: bool


def invite(organisation_id: int, address: str, role: Role, *, invited_by_id: int | None, language: str) -> None:
    """Offer a role to a mail address; an older offer to the same address is withdrawn.

    Raises:
        Refused: ``email`` is no address, or works here already.
    """
    email = text.mail_address("email", address)
    if _works_here(organisation_id, email):
        raise Refused("email", _("This person works here already"))
    recipient_id = mails.recipient_for(organisation_id, email, "", language)
    _withdraw_older(organisation_id, recipient_id)
    invitation = Invitation(
        organisation_id=organisation_id,
        recipient_id=recipient_id,
        email=email,
        role=role,
        invited_by_id=invited_by_id,
        created_at=clock.now(),
    )
    session.add(invitation)
    session.flush()
    mails.send_invitation(invitation, language)
    subject = f"invitation:{invitation.uid}"
    audit.record("member.invited", organisation_id=organisation_id, subject=subject, role=role.value)


def withdraw_invitation(organisation_id: int, uid: str) -> None:
    """Its link stops working.

    Raises:
        NotFound: no such open invitation in this organisation.
    """
    taken_back = session.execute(
        update(Invitation)
        .where(
            Invitation.organisation_id == organisation_id,
            Invitation.uid == uid,
            Invitation.accepted_at.is_(None),
            Invitation.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=clock.now())
        .returning(Invitation.id)
    ).one_or_none()
    if taken_back is None:
        raise NotFound("invitation")
    audit.record("member.invitation-withdrawn", organisation_id=organisation_id, subject=f"invitation:{uid}")


def offer(token: str) -> Offer:
    """What a link offers.

    Raises:
        TokenRefused: altered, expired, used, or withdrawn.
    """
    invitation = _open_invitation(token)
    return Offer(
        organisation=brand(invitation.organisation_id).ref,
        role=invitation.role,
        masked=text.masked_address(invitation.email),
        login_index=crypto.login_index(invitation.email),
        has_account=user_by_address(invitation.email) is not None,
    )


def accept(token: str, *, password: str, name: str = "", language: str) -> User:
    """Use an invitation up: its address's user, or a new one, gets the role.

    Raises:
        TokenRefused: as ``offer``, also when somebody else was faster with the same link.
        Refused: the account's ``password`` is wrong, or the new one is not usable.
    """
    invitation = _open_invitation(token)
    address, words = invitation.email, organisation_words([invitation.organisation_id])
    known = user_by_address(address)
    stored = known.password_hash if known else None
    db.release()
    if stored is not None and not passwords.matches(stored, password):
        note(SecurityEvent.PASSWORD_REFUSED)
        raise Refused("password", _("This is not the password of your account"))
    made = stored or service.new_hash("password", password, address, words)
    invitation = _open_invitation(token)
    _use_up(invitation.id)
    user = user_by_address(address) if stored else service.add_user(address, made, name=name, language=language)
    if user is None or user.password_hash != made:
        raise Refused("password", _("This is not the password of your account"))
    audit.set_actor(f"user:{user.uid}")
    service.add_member(user, invitation.organisation_id, invitation.role)
    return user


def change_role(organisation_id: int, user_uid: str, role: Role) -> None:
    """Raises NotFound: nobody like that works here. Conflict: an organisation keeps at least one owner."""
    _keep_an_owner(organisation_id, user_uid, becomes=role)
    place = _place(organisation_id, user_uid)
    if place.role is role:
        return
    place.role = role
    notices.role_changed(user_row(place.user_id), organisation_id, role)
    audit.record("member.role-changed", organisation_id=organisation_id, subject=f"user:{user_uid}", role=role.value)


def remove(organisation_id: int, user_uid: str) -> None:
    """Raises NotFound: nobody like that works here. Conflict: an organisation keeps at least one owner."""
    _keep_an_owner(organisation_id, user_uid, becomes=None)
    place = _place(organisation_id, user_uid)
    session.delete(place)
    session.flush()
    notices.removed(user_row(place.user_id), organisation_id)
    audit.record("member.removed", organisation_id=organisation_id, subject=f"user:{user_uid}")


def _keep_an_owner(organisation_id: int, user_uid: str, *, becomes: Role | None) -> None:
    owners = session.execute(
        select(Membership.id, User.uid)
        .join(User, User.id == Membership.user_id)
        .where(Membership.organisation_id == organisation_id, Membership.role == Role.OWNER)
        .with_for_update(of=Membership)
    ).all()
    if becomes is not Role.OWNER and {uid for _id, uid in owners} == {user_uid}:
        raise Conflict(_("An organisation keeps at least one owner. Make someone else an owner first"))


def _place(organisation_id: int, user_uid: str) -> Membership:
    found = session.scalar(
        select(Membership)
        .join(User, User.id == Membership.user_id)
        .where(Membership.organisation_id == organisation_id, User.uid == user_uid)
    )
    if found is None:
        raise NotFound("person")
    return found


def _works_here(organisation_id: int, email: str) -> bool:
    user = user_by_address(email)
    if user is None:
        return False
    chosen = select(Membership.id).where(Membership.organisation_id == organisation_id, Membership.user_id == user.id)
    return session.scalar(chosen) is not None


def _withdraw_older(organisation_id: int, recipient_id: int) -> None:
    session.execute(
        update(Invitation)
        .where(
            Invitation.organisation_id == organisation_id,
            Invitation.recipient_id == recipient_id,
            Invitation.accepted_at.is_(None),
            Invitation.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=clock.now())
    )


def _open_invitation(token: str) -> Invitation:
    ids = tokens.read(INVITATION, token)
    found = session.get(Invitation, ids[0]) if len(ids) == 1 else None
    if found is None:
        raise TokenRefused
    if found.accepted_at or found.withdrawn_at:
        raise TokenRefused(expired=True)
    return found


def _use_up(invitation_id: int) -> None:
    """The database decides who was first: of two presses on one link, one updates the row."""
    used = session.execute(
        update(Invitation)
        .where(Invitation.id == invitation_id, Invitation.accepted_at.is_(None), Invitation.withdrawn_at.is_(None))
        .values(accepted_at=clock.now())
        .returning(Invitation.id)
    ).one_or_none()
    if used is None:
        raise TokenRefused(expired=True)
