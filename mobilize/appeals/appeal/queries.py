"""Reading appeals, each within one organisation."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select

from mobilize.appeals.appeal import rules
from mobilize.appeals.appeal.models import Appeal, AppealDefender, FurtherInformation
from mobilize.appeals.appeal.rules import OPEN, PUBLIC, Texts, Words
from mobilize.appeals.models import Defender
from mobilize.core import feature
from mobilize.core.db import session
from mobilize.core.errors import NotFound
from mobilize.core.feature import Addition, AuditSubject
from mobilize.core.i18n import _, current_language, text_in
from mobilize.organisations.queries import Brand, brand

MOST_SHOWN = 500
"""Of a list; every title is opened for it."""


@dataclass(frozen=True)
class Further:
    """Further information that was published, by language."""

    number: int
    texts: Texts
    published_at: datetime


def appeal_by_slug(organisation_id: int, slug: str) -> Appeal:
    """Raises NotFound: no appeal of the organisation has this slug."""
    return _one(_appeals(organisation_id).where(Appeal.slug == slug))


def appeal_by_uid(organisation_id: int, uid: str) -> Appeal:
    """Raises NotFound: no appeal of the organisation has this uid."""
    return _one(_appeals(organisation_id).where(Appeal.uid == uid))


def public_appeal(organisation_id: int, slug: str) -> Appeal:
    """Raises NotFound: visitors see no appeal of this slug."""
    return _one(_appeals(organisation_id).where(Appeal.slug == slug, Appeal.state.in_(PUBLIC)))


def appeals(organisation_id: int) -> Sequence[Appeal]:
    """All, the newest first."""
    return session.scalars(_appeals(organisation_id).order_by(Appeal.id.desc()).limit(MOST_SHOWN)).all()


def public_appeals(organisation_id: int) -> Sequence[Appeal]:
    """Those that visitors see, the newest first."""
    wanted = _appeals(organisation_id).where(Appeal.state.in_(PUBLIC))
    return session.scalars(wanted.order_by(Appeal.published_at.desc(), Appeal.id.desc()).limit(MOST_SHOWN)).all()


def appeals_of(defender_id: int) -> Sequence[Appeal]:
    """Those that are for this person, the newest first, drafts too."""
    wanted = select(Appeal).join(AppealDefender, AppealDefender.appeal_id == Appeal.id)
    return session.scalars(wanted.where(AppealDefender.defender_id == defender_id).order_by(Appeal.id.desc())).all()


def defenders(organisation_id: int) -> Sequence[Defender]:
    """Everybody whom an appeal can be for, in the order in which they were entered."""
    own = select(Defender).where(Defender.organisation_id == organisation_id).order_by(Defender.id)
    return session.scalars(own.limit(MOST_SHOWN)).all()


def defenders_of(row: Appeal) -> Sequence[Defender]:
    """Whom the appeal is for, in the order in which they were entered."""
    wanted = select(Defender).join(AppealDefender, AppealDefender.defender_id == Defender.id)
    return session.scalars(wanted.where(AppealDefender.appeal_id == row.id).order_by(Defender.id)).all()


def defender_uids(row: Appeal) -> list[str]:
    return [one.uid for one in defenders_of(row)]


def furthers_of(row: Appeal) -> list[Further]:
    """The further information that was published, the newest first."""
    wanted = select(FurtherInformation).where(FurtherInformation.appeal_id == row.id)
    found = session.scalars(wanted.order_by(FurtherInformation.number.desc()))
    return [Further(one.number, json.loads(one.texts), one.published_at) for one in found]


def superseded_by(row: Appeal) -> Appeal | None:
    """The newest public appeal that takes the place of this one."""
    wanted = select(Appeal).where(Appeal.supersedes_id == row.id, Appeal.state.in_(PUBLIC))
    return session.scalars(wanted.order_by(Appeal.id.desc())).first()


def draft_of(row: Appeal) -> Words:
    """What staff work on; it equals what is public until somebody edits it."""
    return rules.from_json(row.draft)


def published_of(row: Appeal) -> Words:
    """What visitors and readers of mail get.

    Raises:
        NotFound: the appeal was never published.
    """
    if not row.published:
        raise NotFound("appeal")
    return rules.from_json(row.published)


def title_of(row: Appeal) -> str:
    """Its title in the current language: the public one, or that of the draft before it has one."""
    words = published_of(row) if row.published else draft_of(row)
    return text_in(dict(words.titles), current_language(), brand(row.organisation_id).default_language)


def reference_of(row: Appeal) -> str:
    """``UA 12/2026``; empty until it is published."""
    if row.number is None or row.year is None:
        return ""
    # Translators: the number of an urgent appeal: "UA 12/2026".
    return _("UA %(number)d/%(year)d", number=row.number, year=row.year)


def further_reference(row: Appeal, number: int) -> str:
    """``FU 2 to UA 12/2026``."""
    # Translators: further information about an urgent appeal: "FU 2 to UA 12/2026".
    return _("FU %(further)d to %(reference)s", further=number, reference=reference_of(row))


def additions_of(row: Appeal, house: Brand) -> tuple[Addition, ...]:
    """The calls to action that upper features add to it."""
    return feature.additions(house, f"appeal:{row.uid}")


def approved_additions(row: Appeal) -> Mapping[str, str]:
    """Those that a second person approved with what is public: ref -> fingerprint. No other may ask anybody."""
    return row.published_additions if row.state in OPEN else {}


def additions_are_approved(row: Appeal, house: Brand) -> bool:
    """Whether each call to action that visitors would see was approved as it is."""
    shown = {one.ref: one.fingerprint for one in additions_of(row, house) if one.is_public}
    return shown.items() <= row.published_additions.items()


def fingerprint_of(row: Appeal) -> str:
    """What an approval of the draft is bound to now."""
    added = {one.ref: one.fingerprint for one in additions_of(row, brand(row.organisation_id))}
    return rules.fingerprint(draft_of(row), defender_uids(row), added)


def is_approved(row: Appeal) -> bool:
    """Whether a second person approved exactly this draft and what is added to it now."""
    return row.approved_fingerprint is not None and row.approved_fingerprint == fingerprint_of(row)


def versions_held(uids: Collection[str]) -> dict[str, int]:
    """The versions of those appeals that are there; nobody changes one before the unit ends."""
    wanted = select(Appeal.uid, Appeal.version).where(Appeal.uid.in_(uids)).order_by(Appeal.id)
    return {row.uid: row.version for row in session.execute(wanted.with_for_update(read=True))}


def _appeals(organisation_id: int) -> Select[Appeal]:
    return select(Appeal).where(Appeal.organisation_id == organisation_id)


def _one(wanted: Select[Appeal]) -> Appeal:
    found = session.scalar(wanted)
    if found is None:
        raise NotFound("appeal")
    return found


def _audit_subjects(organisation_id: int, uids: Collection[str]) -> Mapping[str, AuditSubject]:
    """Appeals as the activity log names and links them."""
    found = session.scalars(_appeals(organisation_id).where(Appeal.uid.in_(uids)))
    return {row.uid: AuditSubject(title_of(row), "appeals.edit", {"appeal_slug": row.slug}) for row in found}


AUDIT_SUBJECTS = {"appeal": _audit_subjects}
