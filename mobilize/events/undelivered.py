"""Reads: who has not been reached with the last change of an event, such as its cancellation, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select

from mobilize.core.db import session
from mobilize.delivery.models import Content, Delivery, DeliveryState, Message, Recipient
from mobilize.events.models import Event
from mobilize.events.registrations import mails
from mobilize.events.registrations.models import Registration
from mobilize.events.registrations.queries import PAGE, Registrant, registrant_of

CHANGES = (
    "events/cancelled",
    "events/cancelled_pending",
    "events/cancelled_waiting",
    "events/moved",
    "events/moved_waiting",
    "events/online",
    "events/online_waiting",
    "events/postponed",
    "events/postponed_waiting",
)
"""The mails that ``changes`` sends; others of the event, such as a confirmation, are written after a change too."""
NOT_REACHED = (DeliveryState.FAILED, DeliveryState.SUPPRESSED, DeliveryState.UNKNOWN, DeliveryState.DEFERRED)
"""Not what waits for its first attempt, nor what a newer mail about the same event took the place of."""


@dataclass(frozen=True)
class NotReached:
    """Somebody who was to be told; ``reason`` is the ledger's, ``answer`` what the receiving server said last."""

    who: Registrant
    delivery_id: int
    state: DeliveryState
    reason: str
    answer: str


def not_reached(event: Event, *, after: int = 0) -> list[NotReached]:
    """A page of them, and one more if there is one; ``after`` is the last delivery seen."""
    if event.status_changed_at is None:
        return []
    wanted = _of_last_change(select(Delivery, Registration, Recipient), event)
    wanted = wanted.join(Recipient, Recipient.id == Delivery.recipient_id).join(
        Registration, (Registration.recipient_id == Recipient.id) & (Registration.event_id == event.id)
    )
    found = session.execute(wanted.where(Delivery.id > after).order_by(Delivery.id).limit(PAGE + 1))
    return [
        NotReached(registrant_of(row, recipient), copy.id, copy.state, copy.reason, copy.reply_text)
        for copy, row, recipient in found
    ]


def count_not_reached(event: Event) -> int:
    """How many copies of the last change's mails did not arrive, or may not have."""
    if event.status_changed_at is None:
        return 0
    return session.scalar(_of_last_change(select(func.count(Delivery.id)), event)) or 0


def _of_last_change(wanted: Select[*tuple[Any, ...]], event: Event) -> Select[*tuple[Any, ...]]:
    return (
        wanted.select_from(Delivery)
        .join(Message, Message.id == Delivery.message_id)
        .join(Content, Content.id == Delivery.content_id)
        .where(
            Message.organisation_id == event.organisation_id,
            Message.anchor.in_([mails.key(event), mails.request_anchor(event)]),
            Message.created_at >= event.status_changed_at,
            Content.source["template"].as_string().in_(CHANGES),
            Delivery.state.in_(NOT_REACHED),
        )
    )
