"""Stopping mail to a person: they left a list, or their address is not to be mailed at all.

Both change the ledger in the caller's transaction: rows that wait are ended, rows on the wire are marked so that a
refusal by the server does not bring them back.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import and_, delete, literal, select, update
from sqlalchemy.sql.elements import ColumnElement

from mobilize.core import clock
from mobilize.core.db import session
from mobilize.delivery.bases import Basis, from_json
from mobilize.delivery.blocking import blocked
from mobilize.delivery.ledger import rowcount, stop_rows
from mobilize.delivery.models import (
    Delivery,
    DeliveryState,
    Message,
    Recipient,
    Suppression,
    SuppressionReason,
)
from mobilize.delivery.rules import ENDED_BY_ACT, STOPPABLE, WITHDRAWN, next_basis, outweighs
from mobilize.delivery.upsert import insert_new


def revoke_for(recipient_id: int, left: Basis, remaining: Collection[Basis]) -> int:
    """A person gave up the basis ``left`` and still has ``remaining``; how many rows were revoked.

    A row they were entitled to by it moves to another basis that its message has and they still have; otherwise it
    ends. Hold the person and update the subscription first: a launch then waits for this transaction.
    """
    held = session.execute(
        select(Delivery.id, Message.bases)
        .join(Message, Message.id == Delivery.message_id)
        .where(Delivery.recipient_id == recipient_id, Delivery.basis_id == left.id, Delivery.basis_kind == left.kind)
        .where(Delivery.state.in_(STOPPABLE))
        .order_by(Delivery.id)
        .with_for_update(of=Delivery)
    ).all()
    revoked = 0
    for delivery_id, bases in held:
        basis = next_basis(left, remaining, from_json(bases))
        if basis is None:
            revoked += stop_rows(Delivery.id == delivery_id, DeliveryState.REVOKED, WITHDRAWN)
        else:
            moved = {"basis_kind": basis.kind, "basis_id": basis.id}
            session.execute(update(Delivery).where(Delivery.id == delivery_id).values(moved))
    return revoked


def end_for(recipient_id: int, *acts: str) -> int:
    """A person did ``acts`` (``kind:uid``): what waits for them of messages that these end is revoked; how many rows.

    In the act's own commit, as leaving does. The person is held first: a launch waits, or its row is found.
    """
    session.execute(select(Recipient.id).where(Recipient.id == recipient_id).with_for_update())
    messages = select(Message.id).where(Message.ended_by.in_(acts))
    theirs = and_(Delivery.recipient_id == recipient_id, Delivery.message_id.in_(messages))
    return stop_rows(theirs, DeliveryState.REVOKED, ENDED_BY_ACT)


def suppress(
    organisation_id: int,
    address_index: bytes,
    reason: SuppressionReason,
    source: str,
    *,
    all_but: Collection[int] = (),
) -> int:
    """Mail this address no more (see ``rules.blocks``); how many waiting rows were held back.

    ``source`` says where the news came from, without an address. A weaker reason never replaces a stronger one.
    ``all_but`` are rows whose end the caller writes.
    """
    people = _locked_people(organisation_id, address_index)
    _write(organisation_id, address_index, reason, source)
    if not people:
        return 0
    theirs = and_(Delivery.recipient_id.in_(people), Delivery.id.not_in(list(all_but)), _blocked(reason))
    return stop_rows(theirs, DeliveryState.SUPPRESSED, reason.value)


def unsuppress(
    organisation_id: int, address_index: bytes, reasons: Collection[SuppressionReason] = tuple(SuppressionReason)
) -> bool:
    """Allow mail again if it is suppressed for one of ``reasons``; whether it was. Rows that ended stay ended."""
    result = session.execute(
        delete(Suppression).where(
            Suppression.organisation_id == organisation_id,
            Suppression.address_index == address_index,
            Suppression.reason.in_(list(reasons)),
        )
    )
    return rowcount(result) > 0


def suppression_of(organisation_id: int, address_index: bytes) -> Suppression | None:
    """Why an address is not mailed, if so."""
    return session.scalar(
        select(Suppression).where(
            Suppression.organisation_id == organisation_id, Suppression.address_index == address_index
        )
    )


def _locked_people(organisation_id: int, address_index: bytes) -> list[int]:
    """Every kind of recipient behind an address. The lock waits for launches that are writing rows for them."""
    people = select(Recipient.id).where(
        Recipient.organisation_id == organisation_id, Recipient.address_index == address_index
    )
    return list(session.scalars(people.order_by(Recipient.id).with_for_update()))


def _write(organisation_id: int, address_index: bytes, reason: SuppressionReason, source: str) -> None:
    new = {"reason": reason, "source": source, "created_at": clock.now()}
    row = insert_new(Suppression).values(organisation_id=organisation_id, address_index=address_index, **new)
    if rowcount(session.execute(row)):
        return
    old = suppression_of(organisation_id, address_index)
    if old is not None and outweighs(reason, old.reason):
        old.reason, old.source, old.created_at = reason, source, clock.now()
        session.flush()


def _blocked(reason: SuppressionReason) -> ColumnElement[bool]:
    """The rows that ``rules.blocks`` holds back."""
    asked = select(Message.person_asked).where(Message.id == Delivery.message_id).scalar_subquery()
    return blocked(literal(reason.value), Delivery.basis_kind, Delivery.basis_id, Delivery.stream, asked)
