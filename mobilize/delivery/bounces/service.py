"""What a report changes, in the caller's writing unit; the same report again changes nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from typing import NamedTuple

import structlog
from sqlalchemy import select, update

from mobilize.core.db import session
from mobilize.core.errors import MobilizeError
from mobilize.delivery.bounces.naming import named
from mobilize.delivery.bounces.queries import accepted_of, policy_bounces_of
from mobilize.delivery.bounces.report import Report
from mobilize.delivery.bounces.rules import HISTORY, KEPT, Sent, can_come_back, is_spent, is_storm
from mobilize.delivery.ledger import rowcount
from mobilize.delivery.models import (
    Delivery,
    DeliveryState,
    Message,
    Recipient,
    Return,
    ReturnCount,
    ReturnKind,
    SuppressionReason,
)
from mobilize.delivery.sending.endings import halt_message
from mobilize.delivery.suppression.service import suppress
from mobilize.delivery.upsert import insert_new

log = structlog.get_logger(__name__)

RETURNED, COMPLAINED = "returned", "complained"
FORGED, STALE, REPEATED = "forged", "stale", "repeated"

_LATEST = 100


class TooEarly(MobilizeError):
    """The report overtook the record of its mail's acceptance: it has to come again in a moment."""


class Sending(NamedTuple):
    """The delivery that came back."""

    id: int
    message_id: int
    recipient_id: int
    state: DeliveryState
    changed_at: datetime
    organisation_id: int
    address_index: bytes


def record(address: str, report: Report, now: datetime) -> str:
    """Give a report to ``address`` its effect, and count it; what became of it.

    That is its kind, or ``forged``, ``stale`` or ``repeated``, which change nothing.

    Raises:
        TooEarly: its mail is still in an open window; nothing was changed.
    """
    outcome = _recorded(address, report, now)
    tally(outcome, now.date())
    return outcome


def tally(outcome: str, day: date, number: int = 1) -> None:
    """Count what came back; tells of no one."""
    counted = update(ReturnCount).where(ReturnCount.day == day, ReturnCount.outcome == outcome)
    more = counted.values(number=ReturnCount.number + number).execution_options(synchronize_session=False)
    if rowcount(session.execute(more)):
        return
    first = insert_new(ReturnCount).values(day=day, outcome=outcome, number=number)
    if not rowcount(session.execute(first)):
        session.execute(more)


def tally_all(numbers: Mapping[str, int], now: datetime) -> None:
    """Count what was refused before anything of it was read."""
    for outcome, number in numbers.items():
        tally(outcome, now.date(), number)


def _recorded(address: str, report: Report, now: datetime) -> str:
    delivery_id = named(address, report, now)
    if delivery_id is None:
        return FORGED
    sending = _sending(delivery_id)
    if sending is not None and sending.state is DeliveryState.ATTEMPTING:
        raise TooEarly("the mail is still being handed over")
    if sending is None or not can_come_back(sending.state, sending.changed_at, now):
        return STALE
    if report.kind not in KEPT:
        return report.kind
    if _is_known(sending, report.kind):
        return REPEATED
    if not _mark(sending, report):
        return STALE
    _take_effect(sending, report, now)
    return report.kind


def _sending(delivery_id: int) -> Sending | None:
    """The delivery, its recipient locked: what comes back for one person happens one after the other."""
    found = session.execute(
        select(
            Delivery.id,
            Delivery.message_id,
            Delivery.recipient_id,
            Delivery.state,
            Delivery.changed_at,
            Recipient.organisation_id,
            Recipient.address_index,
        )
        .join(Recipient, Recipient.id == Delivery.recipient_id)
        .where(Delivery.id == delivery_id)
        .with_for_update(of=Recipient)
    ).first()
    return None if found is None else Sending(*found)


def _is_known(sending: Sending, kind: ReturnKind) -> bool:
    known = select(Return.id).where(Return.delivery_id == sending.id, Return.kind == kind)
    return session.scalar(known) is not None


def _mark(sending: Sending, report: Report) -> bool:
    """The row stays accepted, since a server took it (one that was unknown is known now); its reason says the rest.

    False if it went back to be sent meanwhile.
    """
    marks = {
        "state": DeliveryState.ACCEPTED,
        "reason": COMPLAINED if report.kind is ReturnKind.COMPLAINT else RETURNED,
        "reply_code": report.code,
        "reply_status": report.status,
        "reply_text": report.diagnostic,
    }
    there = Delivery.state.in_((DeliveryState.ACCEPTED, DeliveryState.UNKNOWN))
    marked = update(Delivery).where(Delivery.id == sending.id, there).values(**marks)
    return bool(rowcount(session.execute(marked, execution_options={"synchronize_session": False})))


def _take_effect(sending: Sending, report: Report, now: datetime) -> None:
    """Keep what came back, then do what its kind asks for."""
    session.add(
        Return(
            delivery_id=sending.id,
            message_id=sending.message_id,
            recipient_id=sending.recipient_id,
            kind=report.kind,
            status=report.status,
            at=now,
        )
    )
    session.flush()
    reason = _suppression(sending, report, now)
    if reason is not None:
        suppress(sending.organisation_id, sending.address_index, reason, f"delivery:{sending.id}")
    if report.kind is ReturnKind.POLICY:
        _halt_storm(sending.message_id, report)


def _suppression(sending: Sending, report: Report, now: datetime) -> SuppressionReason | None:
    if report.kind is ReturnKind.HARD:
        return SuppressionReason.HARD_BOUNCE
    if report.kind is ReturnKind.COMPLAINT:
        return SuppressionReason.COMPLAINT
    if report.kind is ReturnKind.SOFT and is_spent(_history(sending.recipient_id, now), now):
        return SuppressionReason.SOFT_BOUNCES
    return None


def _history(recipient_id: int, now: datetime) -> list[Sent]:
    """What was sent to a person in the last months, newest first."""
    sent = session.execute(
        select(Delivery.id, Delivery.changed_at)
        .where(Delivery.recipient_id == recipient_id, Delivery.state == DeliveryState.ACCEPTED)
        .where(Delivery.changed_at >= now - HISTORY)
        .order_by(Delivery.changed_at.desc(), Delivery.id.desc())
        .limit(_LATEST)
    ).all()
    returns: defaultdict[int, list[tuple[ReturnKind, datetime]]] = defaultdict(list)
    came_back = select(Return.delivery_id, Return.kind, Return.at).where(Return.recipient_id == recipient_id)
    for delivery_id, kind, at in session.execute(came_back):
        returns[delivery_id].append((kind, at))
    return [Sent(row.changed_at, tuple(returns[row.id])) for row in sent]


def _halt_storm(message_id: int, report: Report) -> None:
    """Let a message wait for a person once too many servers turn it away; nobody is charged for it.

    The message is locked first, so that of two bounces at once one is the twentieth.
    """
    session.execute(select(Message.id).where(Message.id == message_id).with_for_update(key_share=True))
    bounces = policy_bounces_of(message_id)
    if is_storm(bounces, accepted_of(message_id)):
        answer = report.diagnostic or f"{report.code or ''} {report.status}".strip()
        if halt_message(session.connection(), message_id, f"{bounces} came back, refused by policy: {answer}"):
            log.error("delivery.halted", message=message_id, bounces=bounces, status=report.status)
