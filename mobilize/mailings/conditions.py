"""What segments ask about mailings: who had one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, false, select
from wtforms import Form, SelectChoice, SelectField

from mobilize.core.db import session
from mobilize.core.errors import Refused
from mobilize.core.feature import Asking, Condition
from mobilize.core.i18n import _, lazy
from mobilize.core.json_fields import Fields
from mobilize.delivery.models import Delivery, DeliveryState, Message
from mobilize.mailings.models import Mailing, MailingState

OFFERED = 200
HAD = (DeliveryState.ACCEPTED, DeliveryState.UNKNOWN, DeliveryState.ATTEMPTING)
"""A copy in one of these states is with the reader, or may be: nobody gets a second one because of a doubt."""


@dataclass(frozen=True)
class Received:
    """``mailing`` is its uid."""

    mailing: str


class ReceivedForm(Form):
    mailing = SelectField(lazy("Mailing"))


def _read(fields: Fields) -> Received:
    return Received(fields.line("mailing", at_most=26, required=True))


def _people(facts: Received, asking: Asking) -> Select[int]:
    row = _mailing(asking.organisation_id, facts.mailing)
    had = select(Delivery.recipient_id)
    if row.message_id is None:
        return had.where(false())
    if session.scalar(select(Message.final).where(Message.id == row.message_id)) is not None:
        raise Refused("mailing", _("Who got this mailing is not kept any more: only the numbers are"))
    return had.where(Delivery.message_id == row.message_id, Delivery.state.in_(HAD))


def _mailing(organisation_id: int, uid: str) -> Mailing:
    """Raises Refused: no mailing of the organisation has this uid."""
    found = session.scalar(select(Mailing).where(Mailing.organisation_id == organisation_id, Mailing.uid == uid))
    if found is None:
        raise Refused("mailing", _("Choose a mailing of this organisation"))
    return found


def _words(facts: Received, organisation_id: int) -> str:
    return _("got the mailing “%(name)s”", name=_mailing(organisation_id, facts.mailing).name)


def _offer(form: Any, organisation_id: int) -> None:
    """The newest, sent or to be sent, whose copies are still known; the one that is named stays a choice."""
    wanted = (
        select(Mailing.uid, Mailing.name)
        .outerjoin(Message, Message.id == Mailing.message_id)
        .where(Mailing.organisation_id == organisation_id, Mailing.state != MailingState.CANCELLED)
        .where((Message.final.is_(None)) | (Mailing.uid == (form.mailing.data or "")))
        .order_by(Mailing.id.desc())
        .limit(OFFERED)
    )
    form.mailing.choices = [SelectChoice(uid, name) for uid, name in session.execute(wanted)]


RECEIVED = Condition("received", lazy("Got a mailing"), ReceivedForm, _read, _people, _words, _offer)
