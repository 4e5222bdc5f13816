"""Forgetting people who never agreed to anything: an address typed into a form by whoever, and not confirmed."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select

from mobilize.core.db import session
from mobilize.delivery.models import Delivery, Message, Recipient, Stream


def forget_recipients(recipient_ids: Sequence[int]) -> None:
    """Delete these recipients with the transactional mails that were sent to them alone.

    For people whom no mailing reached; suppressions are kept by address and stay.
    """
    if not recipient_ids:
        return
    # Locked before anything of theirs is looked for: whoever writes a row for them holds them, too.
    session.execute(
        select(Recipient.id).where(Recipient.id.in_(recipient_ids)).order_by(Recipient.id).with_for_update()
    )
    theirs = select(Delivery.message_id).where(Delivery.recipient_id.in_(recipient_ids))
    transactional = select(Message.id).where(Message.id.in_(theirs), Message.stream == Stream.TRANSACTIONAL)
    # Locked before their rows, as everywhere: a worker that holds one is waited for.
    message_ids = list(session.scalars(transactional.order_by(Message.id).with_for_update()))
    session.execute(delete(Delivery).where(Delivery.message_id.in_(message_ids)))
    session.execute(delete(Message).where(Message.id.in_(message_ids)))
    session.execute(delete(Recipient).where(Recipient.id.in_(recipient_ids)))
