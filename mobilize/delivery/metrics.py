"""Numbers about mail for Prometheus: what is on its way, and what came back. None names a person or an organisation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from weakref import WeakKeyDictionary

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import SQLAlchemyError

from mobilize.core import db
from mobilize.core.db import session
from mobilize.delivery.calendar_order import waiting_for_earlier
from mobilize.delivery.models import Delivery, DeliveryState, Message, MessageState, ReturnCount, Stream

KEPT_FOR = 10.0
"""Seconds for which a count is given again: whoever asks often costs the database nothing more."""

ON_THEIR_WAY = tuple(state for state in MessageState if state not in {MessageState.FINISHED, MessageState.CANCELLED})

Row = tuple[str, str, int]
Counted = tuple[list[Row], int]

_kept: WeakKeyDictionary[Engine, tuple[datetime, Counted]] = WeakKeyDictionary()


def mail_metrics(now: datetime) -> Iterator[Metric]:
    """Source of ``/metrics``; nothing while the database is away.

    Rows are counted of messages that have not ended: the index on messages finds those, that on (message,
    recipient) their rows, so that a ledger of years costs no more than one of an hour.
    """
    try:
        (rows, waiting), returned = _ledger(now), _returned()
    except SQLAlchemyError:
        return
    ledger = GaugeMetricFamily(
        "mobilize_deliveries", "Rows of the ledger whose message has not ended.", labels=["stream", "state"]
    )
    for stream, state, number in rows:
        ledger.add_metric([stream, state], number)
    yield ledger
    yield GaugeMetricFamily(
        "mobilize_calendar_waiting",
        "Mails about a calendar entry that wait because an earlier one to the same person is on the wire.",
        value=waiting,
    )
    back = CounterMetricFamily("mobilize_returned", "Mails that came back, by what became of them.", labels=["outcome"])
    for outcome, number in returned:
        back.add_metric([outcome], number)
    yield back


def _ledger(now: datetime) -> Counted:
    engine = db.engine()
    kept = _kept.get(engine)
    if kept is None or not 0 <= (now - kept[0]).total_seconds() < KEPT_FOR:
        kept = _kept[engine] = now, (_counted(), waiting_for_earlier())
    return kept[1]


def _counted() -> list[Row]:
    """Every stream with every state, so that a number which falls to nothing is seen as 0."""
    found = session.execute(
        select(Message.stream, Delivery.state, func.count())
        .join(Delivery, Delivery.message_id == Message.id)
        .where(Message.stream.in_(list(Stream)), Message.state.in_(ON_THEIR_WAY))
        .group_by(Message.stream, Delivery.state)
    )
    numbers = {(stream, state): number for stream, state, number in found}
    return [(stream, state, numbers.get((stream, state), 0)) for stream in Stream for state in DeliveryState]


def _returned() -> Sequence[tuple[str, int]]:
    total = select(ReturnCount.outcome, func.sum(ReturnCount.number)).group_by(ReturnCount.outcome)
    return [(outcome, int(number)) for outcome, number in session.execute(total.order_by(ReturnCount.outcome))]
