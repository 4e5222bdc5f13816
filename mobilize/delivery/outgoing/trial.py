"""One mail to see whether mail leaves, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from mobilize.core import text
from mobilize.core.db import session
from mobilize.core.roles import OrganisationRef
from mobilize.delivery.models import Delivery, DeliveryState, Message, RecipientKind
from mobilize.delivery.recipients import find_or_create_recipient
from mobilize.delivery.service import send


@dataclass(frozen=True)
class TrialMail:
    """The ledger row of a test mail; ``answer`` is the server's last word, without addresses."""

    sent_at: datetime
    state: DeliveryState
    answer: str


def send_trial(organisation: OrganisationRef, address: str, language: str) -> None:
    """Put a test mail into the ledger; a worker sends it over the server that is set.

    Raises:
        Refused: ``address`` is none.
    """
    to = text.mail_address("address", address)
    recipient = find_or_create_recipient(organisation.id, organisation.uid, RecipientKind.PERSON, to, language)
    send(
        "delivery/test",
        organisation=organisation,
        language=language,
        recipient=recipient,
        anchor=_anchor(organisation),
    )


def newest_trial(organisation: OrganisationRef) -> TrialMail | None:
    """What became of the last one."""
    row = session.execute(
        select(Message.created_at, Delivery.state, Delivery.reply_code, Delivery.reply_text)
        .join(Delivery, Delivery.message_id == Message.id)
        .where(Message.anchor == _anchor(organisation))
        .order_by(Message.id.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    return TrialMail(row.created_at, row.state, f"{row.reply_code or ''} {row.reply_text}".strip())


def _anchor(organisation: OrganisationRef) -> str:
    return f"test-mail:{organisation.uid}"
