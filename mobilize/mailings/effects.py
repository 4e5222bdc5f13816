"""What a change of a live source does to mailings that show it and have not left completely."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import func, select

from mobilize.core.db import session
from mobilize.core.effects import Effect, Outcome, PlannedChange
from mobilize.core.i18n import ngettext, show_number
from mobilize.delivery.models import Delivery, Message, MessageSource
from mobilize.delivery.rules import LIVE, WAITING
from mobilize.mailings.models import Mailing
from mobilize.organisations.queries import brand


def effects(change: PlannedChange, _now: datetime) -> Iterator[Effect]:
    """Mailings that campaigners wrote: what still waits of them is held. Those of rules are told by their rules."""
    waiting = (
        select(func.count())
        .where(Delivery.message_id == Mailing.message_id, Delivery.state.in_(WAITING))
        .scalar_subquery()
    )
    shown = (
        select(Mailing, waiting)
        .join(Message, Message.id == Mailing.message_id)
        .join(MessageSource, MessageSource.message_id == Message.id)
        .where(Mailing.organisation_id == change.organisation_id, Mailing.origin == "", Message.state.in_(LIVE))
        .where(MessageSource.source == change.ref)
        .order_by(Mailing.id)
    )
    slug = brand(change.organisation_id).slug
    for row, people in session.execute(shown):
        words = ngettext(
            "%(count)s copy of “%(name)s” waits until somebody says that it goes out with the new text",
            "%(count)s copies of “%(name)s” wait until somebody says that they go out with the new text",
            people,
            count=show_number(people),
            name=row.name,
        )
        url = f"/studio/{slug}/mailings/{row.uid}"
        yield Effect(Outcome.HELD, f"mailing:{row.uid}", words, people, url=url, is_leaving=True)
