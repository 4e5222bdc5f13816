"""What segments ask about appeals: who had an email about one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from wtforms import Form, SelectChoice, SelectField

from mobilize.appeals.appeal import queries
from mobilize.appeals.appeal.models import Appeal
from mobilize.core.db import session
from mobilize.core.errors import NotFound, Refused
from mobilize.core.feature import Asking, Condition
from mobilize.core.i18n import _, lazy
from mobilize.core.json_fields import Fields
from mobilize.delivery.models import Delivery, DeliveryState, Message, MessageSource

HAD = (DeliveryState.ACCEPTED, DeliveryState.UNKNOWN, DeliveryState.ATTEMPTING)
"""A copy in one of these states is with the reader, or may be."""


@dataclass(frozen=True)
class AboutAppeal:
    """``appeal`` is its uid."""

    appeal: str


class AboutAppealForm(Form):
    appeal = SelectField(lazy("Appeal"))


def _read(fields: Fields) -> AboutAppeal:
    return AboutAppeal(fields.line("appeal", at_most=26, required=True))


def _people(facts: AboutAppeal, asking: Asking) -> Select[int]:
    about = MessageSource.source == f"appeal:{_appeal(asking.organisation_id, facts).uid}"
    shows = select(Message).join(MessageSource, MessageSource.message_id == Message.id).where(about)
    if session.scalars(shows.where(Message.final.is_not(None)).limit(1)).first() is not None:
        raise Refused("appeal", _("Who got an email about this appeal is not kept any more: only the numbers are"))
    had = select(Delivery.recipient_id).join(MessageSource, MessageSource.message_id == Delivery.message_id)
    return had.where(about, Delivery.state.in_(HAD))


def _appeal(organisation_id: int, facts: AboutAppeal) -> Appeal:
    """Raises Refused: the organisation has no such appeal."""
    try:
        return queries.appeal_by_uid(organisation_id, facts.appeal)
    except NotFound:
        raise Refused("appeal", _("Choose an appeal of this organisation")) from None


def _words(facts: AboutAppeal, organisation_id: int) -> str:
    return _("got an email about “%(title)s”", title=queries.title_of(_appeal(organisation_id, facts)))


def _offer(form: Any, organisation_id: int) -> None:
    form.appeal.choices = [SelectChoice(row.uid, queries.title_of(row)) for row in queries.appeals(organisation_id)]


ABOUT_APPEAL = Condition(
    "appeal", lazy("Got an email about an appeal"), AboutAppealForm, _read, _people, _words, _offer
)
