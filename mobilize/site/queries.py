"""Reads: the public archive of one organisation, and what could stand in it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, select

from mobilize.core.db import session
from mobilize.core.errors import NotFound
from mobilize.mailings.models import Mailing, MailingState
from mobilize.site.models import ArchivedMailing

MOST_SHOWN = 200


def archived(organisation_id: int) -> Sequence[ArchivedMailing]:
    """What anybody may read, the latest first."""
    order = (ArchivedMailing.sent_at.desc(), ArchivedMailing.id.desc())
    return session.scalars(_own(organisation_id).order_by(*order).limit(MOST_SHOWN)).all()


def has_archive(organisation_id: int) -> bool:
    """Whether anything stands in it."""
    return session.scalar(_own(organisation_id).with_only_columns(ArchivedMailing.id).limit(1)) is not None


def archived_mailing(organisation_id: int, uid: str) -> ArchivedMailing:
    """Raises NotFound: nothing of this uid stands in the organisation's archive."""
    found = session.scalar(_own(organisation_id).where(ArchivedMailing.uid == uid))
    if found is None:
        raise NotFound("archived mailing")
    return found


def archive_of(mailing_id: int) -> ArchivedMailing | None:
    """A mailing as it stands in the archive, if it does."""
    return session.scalar(select(ArchivedMailing).where(ArchivedMailing.mailing_id == mailing_id))


def sent_mailings(organisation_id: int) -> Sequence[tuple[Mailing, ArchivedMailing | None]]:
    """What was sent to lists, the latest first, with how it stands in the archive."""
    wanted = (
        select(Mailing, ArchivedMailing)
        .outerjoin(ArchivedMailing, ArchivedMailing.mailing_id == Mailing.id)
        .where(Mailing.organisation_id == organisation_id, Mailing.state == MailingState.LAUNCHED)
        .order_by(Mailing.launched_at.desc(), Mailing.id.desc())
        .limit(MOST_SHOWN)
    )
    return [(row[0], row[1]) for row in session.execute(wanted) if not row[0].to_whom.group]


def _own(organisation_id: int) -> Select[ArchivedMailing]:
    return select(ArchivedMailing).where(ArchivedMailing.organisation_id == organisation_id)
