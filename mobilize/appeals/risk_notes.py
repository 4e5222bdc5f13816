"""Who may read risk notes: colleagues whom an owner named, one by one.

A role alone lets nobody read them, that of an owner neither: whoever takes over such an account reads nothing unseen.
An owner may name anybody, themselves too; the activity log says so.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select

from mobilize.accounts.models import Membership, User
from mobilize.appeals.models import RiskReader
from mobilize.core import audit, clock
from mobilize.core.db import session
from mobilize.core.errors import Refused
from mobilize.core.i18n import _
from mobilize.core.roles import Role
from mobilize.organisations.queries import brand


@dataclass(frozen=True)
class Candidate:
    """A colleague whom an owner may name."""

    uid: str
    name: str
    is_reader: bool


def may_read(organisation_id: int, user_id: int) -> bool:
    """Whether somebody works here and is named."""
    here = (Membership.organisation_id == organisation_id) & (Membership.user_id == user_id)
    wanted = select(RiskReader.id).join(Membership, Membership.id == RiskReader.membership_id).where(here)
    return session.scalar(wanted) is not None


def candidates(organisation_id: int) -> Sequence[Candidate]:
    """Everybody who works here and may open defenders, the longest there first."""
    rows = session.execute(
        select(User, RiskReader.id)
        .join(Membership, Membership.user_id == User.id)
        .outerjoin(RiskReader, RiskReader.membership_id == Membership.id)
        .where(Membership.organisation_id == organisation_id, Membership.role != Role.VIEWER)
        .order_by(Membership.id)
    )
    return [Candidate(user.uid, user.name or user.email, reader is not None) for user, reader in rows]


def name_readers(organisation_id: int, user_uids: Collection[str]) -> None:
    """These colleagues and no others may read the notes from now on.

    Raises:
        Refused: one of them does not work here.
    """
    here = select(Membership.id, User.uid).join(User, User.id == Membership.user_id)
    found = session.execute(
        here.where(Membership.organisation_id == organisation_id, Membership.role != Role.VIEWER)
    ).all()
    if unknown := set(user_uids) - {uid for _id, uid in found}:
        raise Refused("readers", _("Choose colleagues who work here: %(count)s do not", count=len(unknown)))
    everybody = select(Membership.id).where(Membership.organisation_id == organisation_id)
    session.execute(delete(RiskReader).where(RiskReader.membership_id.in_(everybody)))
    now = clock.now()
    session.add_all(RiskReader(membership_id=one, created_at=now) for one, uid in found if uid in user_uids)
    session.flush()
    subject = f"organisation:{brand(organisation_id).uid}"
    count = len(set(user_uids))
    audit.record("defenders.risk_readers_changed", organisation_id=organisation_id, subject=subject, people=count)
