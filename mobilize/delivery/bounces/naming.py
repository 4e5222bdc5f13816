"""Which delivery a report is about: told by a token or key of ours and by nothing else that stands in it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from mobilize.core.db import session
from mobilize.core.errors import TokenRefused
from mobilize.core.tokens import read
from mobilize.delivery.bases import Leaving
from mobilize.delivery.bounces.report import Clues, Report
from mobilize.delivery.bounces.rules import RECENT
from mobilize.delivery.message_ids import message_id_of
from mobilize.delivery.models import Delivery, Message, ReturnKind
from mobilize.delivery.purposes import UNSUBSCRIBE
from mobilize.delivery.sending.return_path import delivery_of, key_in

_LATEST = 200


def verified(address: str) -> int | None:
    """The delivery that a return path names, if its token is ours."""
    try:
        return delivery_of(address)
    except TokenRefused:
        return None


def _found(address: str) -> int | None:
    """The delivery of a return path: by its token, or by the random key in the ledger."""
    delivery_id, key = verified(address), key_in(address)
    if delivery_id is not None or key is None:
        return delivery_id
    return session.scalar(select(Delivery.id).where(Delivery.return_key == key))


def named(address: str, report: Report, now: datetime) -> int | None:
    """The delivery that a report to ``address`` is about.

    A feedback loop sends to one address for all: then the complaint's enclosed mail must carry a token itself, in its
    return path, or in the link for leaving together with the Message-ID of a mail to that person.
    """
    found = _found(address)
    if found is not None or report.kind is not ReturnKind.COMPLAINT:
        return found
    return next(filter(None, map(_found, report.clues.return_paths)), None) or _by_message_id(report.clues, now)


def _by_message_id(clues: Clues, now: datetime) -> int | None:
    """A Message-ID alone proves nothing (a reader of the same mailing can compute others'): the leave token does."""
    try:
        recipient_id = Leaving.of(read(UNSUBSCRIBE, clues.leave_token)).recipient_id
    except TokenRefused:
        return None
    domain = clues.message_id.rpartition("@")[2]
    sent = session.execute(
        select(Delivery.id, Message.uid)
        .join(Message, Message.id == Delivery.message_id)
        .where(Delivery.recipient_id == recipient_id, Delivery.changed_at >= now - RECENT)
        .order_by(Delivery.id.desc())
        .limit(_LATEST)
    )
    return next((row.id for row in sent if message_id_of(row.uid, row.id, domain) == clues.message_id), None)
