"""Reads: users, their roles, and who works in an organisation."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select

from mobilize.accounts.models import Invitation, Membership, User
from mobilize.accounts.passwords import domain_labels
from mobilize.accounts.purposes import INVITATION
from mobilize.core import clock, crypto, i18n
from mobilize.core.db import session
from mobilize.core.errors import NotFound
from mobilize.core.roles import OrganisationRef, Role
from mobilize.core.text import masked_address
from mobilize.organisations.models import Organisation
from mobilize.organisations.queries import brand, default_sender


@dataclass(frozen=True)
class Place:
    """An organisation and the user's role in it."""

    organisation: OrganisationRef
    role: Role


@dataclass(frozen=True)
class Colleague:
    """A member as owners see them, who alone may open the pages that show this; ``email`` is whole."""

    uid: str
    name: str
    email: str
    role: Role
    since: datetime
    is_last_owner: bool


@dataclass(frozen=True)
class OpenInvitation:
    """An offer that nobody accepted or withdrew, for owners; after its link's life it only waits to be sent again."""

    uid: str
    email: str
    role: Role
    sent_at: datetime
    expired: bool


@dataclass(frozen=True)
class Named:
    """How the activity log calls somebody: name and whole address, or less of them where they work here no longer."""

    name: str
    address: str

    @property
    def in_one(self) -> str:
        return f"{self.name} ({self.address})" if self.name and self.address else self.name or self.address


@dataclass(frozen=True)
class Profile:
    """A user as they see themselves."""

    name: str
    email: str
    language: str


def user_by_address(address: str) -> User | None:
    """The user who signs in with this address, in any spelling of its case."""
    found = session.scalars(select(User).where(User.login_index.in_(crypto.login_indexes(address)))).all()
    if not crypto.is_ambiguous(address):
        return found[0] if found else None
    wanted = crypto.normalised_address(address)
    return next((user for user in found if crypto.normalised_address(user.email) == wanted), None)


def user_row(user_id: int) -> User:
    """Raises NotFound: no such user."""
    found = session.get(User, user_id)
    if found is None:
        raise NotFound("user")
    return found


def profile(user_id: int) -> Profile:
    """Raises NotFound: no such user."""
    user = user_row(user_id)
    return Profile(user.name, user.email, user.language)


def places_of(user_id: int) -> list[Place]:
    """Where a user works, by the organisation's short name."""
    rows = session.execute(_places().where(Membership.user_id == user_id).order_by(Organisation.slug))
    return [_place(*row) for row in rows]


def organisation_words(organisation_ids: Iterable[int]) -> tuple[str, ...]:
    """What an attacker knows of these organisations: names, short names, and the labels of their senders' domains."""
    found = [(brand(one), default_sender(one)) for one in organisation_ids]
    return tuple(
        word for house, sender in found for word in (*house.names.values(), house.slug, *domain_labels(sender.domain))
    )


def membership_in(slug: str, user_id: int) -> Place | None:
    """The user's place in one organisation; ``None`` for strangers and for organisations that do not exist."""
    chosen = _places().where(Membership.user_id == user_id, Organisation.slug == slug)
    found = session.execute(chosen).one_or_none()
    return None if found is None else _place(*found)


def colleagues(organisation_id: int) -> list[Colleague]:
    """Everyone who works in an organisation, the longest there first."""
    rows = session.execute(
        select(User, Membership)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.organisation_id == organisation_id)
        .order_by(Membership.id)
    ).all()
    owners = [place.user_id for _user, place in rows if place.role is Role.OWNER]
    return [
        Colleague(user.uid, user.name, user.email, place.role, place.created_at, is_last_owner=owners == [user.id])
        for user, place in rows
    ]


def colleague(organisation_id: int, user_uid: str) -> Colleague:
    """Raises NotFound: nobody like that works here."""
    found = next((one for one in colleagues(organisation_id) if one.uid == user_uid), None)
    if found is None:
        raise NotFound("person")
    return found


def open_invitations(organisation_id: int) -> list[OpenInvitation]:
    """Offers that wait for an answer, the newest first."""
    lifetime = INVITATION.lifetime
    rows = session.scalars(
        select(Invitation)
        .where(
            Invitation.organisation_id == organisation_id,
            Invitation.accepted_at.is_(None),
            Invitation.withdrawn_at.is_(None),
        )
        .order_by(Invitation.id.desc())
    )
    now = clock.now()
    return [
        OpenInvitation(
            row.uid,
            row.email,
            row.role,
            row.created_at,
            expired=lifetime is not None and row.created_at + lifetime <= now,
        )
        for row in rows
    ]


def names_of(organisation_id: int, user_uids: Collection[str]) -> dict[str, Named]:
    """How the organisation's owners read who users are; the address of somebody who works here no longer is theirs."""
    here = select(Membership.user_id).where(Membership.organisation_id == organisation_id)
    rows = session.execute(select(User, User.id.in_(here)).where(User.uid.in_(user_uids)))
    return {
        user.uid: Named(user.name, user.email) if works_here else Named(user.name or masked_address(user.email), "")
        for user, works_here in rows
    }


def invited_as(organisation_id: int, uids: Collection[str]) -> dict[str, str]:
    """The addresses to which these invitations of the organisation went."""
    chosen = select(Invitation).where(Invitation.organisation_id == organisation_id, Invitation.uid.in_(uids))
    return {row.uid: row.email for row in session.scalars(chosen)}


def _places() -> Select[int, str, str, dict[str, str], str, Role]:
    house = (Organisation.id, Organisation.uid, Organisation.slug, Organisation.names, Organisation.default_language)
    return select(*house, Membership.role).join(Membership, Membership.organisation_id == Organisation.id)


def _place(id_: int, uid: str, slug: str, names: dict[str, str], default_language: str, role: Role) -> Place:
    name = i18n.text_in(names, i18n.current_language(), default_language)
    return Place(OrganisationRef(id_, uid, slug, name), role)
