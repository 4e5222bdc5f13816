"""Mailings as parts of a campaign: on its staff page, by when they are or were sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import select

from mobilize.core.db import session
from mobilize.core.feature import Entry, House
from mobilize.core.i18n import lazy
from mobilize.mailings.models import Mailing, MailingState

_WORDS = {
    MailingState.DRAFT: lazy("Mailing, a draft"),
    MailingState.SCHEDULED: lazy("Mailing, scheduled"),
    MailingState.LAUNCHED: lazy("Mailing, sent"),
    MailingState.CANCELLED: lazy("Mailing, cancelled"),
}
_TONES = {
    MailingState.DRAFT: "draft",
    MailingState.SCHEDULED: "going",
    MailingState.LAUNCHED: "done",
    MailingState.CANCELLED: "stopped",
}


def belongings(organisation: House, uids: Sequence[str], *, visitors: bool) -> Iterator[Entry]:
    """The mailings of a campaign; visitors see none."""
    if visitors:
        return
    own = select(Mailing).where(Mailing.organisation_id == organisation.id, Mailing.uid.in_(uids))
    for row in session.scalars(own.order_by(Mailing.id)):
        yield Entry(
            uid=row.uid,
            title=row.name,
            url=f"/studio/{organisation.slug}/mailings/{row.uid}",
            text=str(_WORDS[row.state]),
            at=row.launched_at or row.send_at,
            zone=row.send_zone,
            tone=_TONES[row.state],
            icon="mail",
            permission="mailing.read",
        )
