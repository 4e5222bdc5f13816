"""Change how fast an organisation's mail may leave. Nothing here commits."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete, select, update

from mobilize.core import audit, clock, doorbell
from mobilize.core.db import session
from mobilize.delivery.ledger import rests
from mobilize.delivery.models import Delivery, DeliveryState, Message, Stream
from mobilize.delivery.rates.pacing import PACED
from mobilize.organisations.models import SendingRate


def rates_of(organisation_id: int) -> dict[str, float]:
    """Mails a second by domain, in the order of their names; "" is the limit of the sender."""
    rows = select(SendingRate.domain, SendingRate.per_second).where(SendingRate.organisation_id == organisation_id)
    return {row.domain: row.per_second for row in session.execute(rows.order_by(SendingRate.domain))}


def change_rates(organisation_id: int, organisation_uid: str, rates: Mapping[str, float]) -> None:
    """Set all limits anew (see ``rates_of``); workers know within seconds, also in the middle of a mailing."""
    if rates_of(organisation_id) == dict(rates):
        return
    session.execute(delete(SendingRate).where(SendingRate.organisation_id == organisation_id))
    session.add_all(
        SendingRate(organisation_id=organisation_id, domain=domain, per_second=rate) for domain, rate in rates.items()
    )
    session.flush()
    _call_back_parked(organisation_id)
    subject = f"organisation:{organisation_uid}"
    words = [f"{domain or 'all'} {rate:g}/s" for domain, rate in sorted(rates.items())]
    audit.record("organisation.rates-changed", organisation_id=organisation_id, subject=subject, rates=words)


def _call_back_parked(organisation_id: int) -> None:
    """Rows that wait for a turn by the former pace ask again by the new one."""
    own = select(Message.id).where(Message.organisation_id == organisation_id)
    session.execute(
        update(Delivery)
        .where(rests(DeliveryState.DEFERRED), Delivery.reason == PACED, Delivery.message_id.in_(own))
        .values(next_at=clock.now()),
        execution_options={"synchronize_session": False},
    )
    for stream in Stream:
        doorbell.wake(stream)
