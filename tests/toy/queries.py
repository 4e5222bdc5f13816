"""Reads of fairs, each within one organisation."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import func, select

from mobilize.core.db import session
from mobilize.core.errors import NotFound
from mobilize.core.feature import AuditSubject
from tests.toy.models import Fair, Registration


def fairs(organisation_id: int) -> Sequence[Fair]:
    """Those that are not over, the soonest first."""
    wanted = select(Fair).where(Fair.organisation_id == organisation_id, Fair.is_over.is_(False))
    return session.scalars(wanted.order_by(Fair.begins_at)).all()


def fair_by_slug(organisation_id: int, slug: str) -> Fair:
    """Raises NotFound: the organisation has no such fair."""
    found = session.scalar(select(Fair).where(Fair.organisation_id == organisation_id, Fair.slug == slug))
    if found is None:
        raise NotFound("fair")
    return found


def versions_held(uids: Collection[str]) -> dict[str, int]:
    """The versions of those fairs that are there; nobody changes one before the unit ends."""
    wanted = select(Fair.uid, Fair.version).where(Fair.uid.in_(uids)).order_by(Fair.id)
    return {row.uid: row.version for row in session.execute(wanted.with_for_update(read=True))}


def closed_held(uids: Collection[str]) -> set[str]:
    """Those of which mail waits: fairs that are over or gone."""
    wanted = select(Fair.uid).where(Fair.uid.in_(uids), Fair.is_over.is_(False)).order_by(Fair.id)
    return set(uids) - set(session.scalars(wanted.with_for_update(read=True)))


def _audit_subjects(organisation_id: int, uids: Collection[str]) -> Mapping[str, AuditSubject]:
    own = select(Fair.uid, Fair.title).where(Fair.organisation_id == organisation_id, Fair.uid.in_(uids))
    return {uid: AuditSubject(title, "fairs.index", {}) for uid, title in session.execute(own)}


AUDIT_SUBJECTS = {"fair": _audit_subjects}


def registered(fair_id: int) -> int:
    """How many people confirmed that they come."""
    return session.scalar(select(func.count(Registration.id)).where(Registration.fair_id == fair_id)) or 0
