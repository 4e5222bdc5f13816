"""What reports hold about people: nothing but counts. A leaving that is counted goes on being counted."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from mobilize.core.db import session
from mobilize.core.feature import PersonalData, Section
from mobilize.delivery.models import Delivery, DeliveryState
from mobilize.mailings.models import Mailing
from mobilize.reports.queries import LEAVING_COUNTS_FOR, leavings
from mobilize.subscribers.models import Consent, ConsentAction


def _held(_recipient_ids: Sequence[int]) -> Sequence[Section]:
    return ()


def _close(recipient_id: int, _address: str) -> None:
    """Count them in the mailings that they left, while their consents still tell it."""
    withdrawn = select(Consent.at).where(
        Consent.recipient_id == recipient_id, Consent.action == ConsentAction.WITHDRAWN
    )
    got = (
        select(Mailing)
        .join(Delivery, Delivery.message_id == Mailing.message_id)
        .where(Delivery.recipient_id == recipient_id, Delivery.state == DeliveryState.ACCEPTED)
    )
    moments = session.scalars(withdrawn).all()
    for row in session.scalars(got):
        launched_at = row.launched_at
        if launched_at and any(launched_at <= at < launched_at + LEAVING_COUNTS_FOR for at in moments):
            row.erased_leavings += leavings(row, Consent.recipient_id == recipient_id)
    session.flush()


def _erase(_recipient_id: int) -> bool:
    """Nothing is left for later."""
    return False


PERSONAL = PersonalData(_held, _erase, _close)
