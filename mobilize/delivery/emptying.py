"""Taking a person's name off the engine: what waits ends, and their recipients stand for nobody from then on."""

from __future__ import annotations

import os
from collections.abc import Sequence

from sqlalchemy import select, update

from mobilize.core import clock
from mobilize.core.db import session
from mobilize.core.id_lists import one_of
from mobilize.delivery.ledger import stop_rows
from mobilize.delivery.models import Delivery, DeliveryState, Recipient, Suppression
from mobilize.delivery.recipients import Contact
from mobilize.delivery.rules import ERASED

NO_DOMAIN = bytes(16)
"""In place of a domain's index, in rows that are never sent again."""
INDEX_BYTES = 16


def lock_recipients(recipient_ids: Sequence[int]) -> Sequence[Recipient]:
    """Those of these recipients who were not erased, held until the unit ends."""
    wanted = select(Recipient).where(one_of(Recipient.id, recipient_ids), Recipient.erased_at.is_(None))
    locked = wanted.order_by(Recipient.id).with_for_update().execution_options(populate_existing=True)
    return session.scalars(locked).all()


def empty_recipients(people: Sequence[Recipient]) -> None:
    """End what waits for them, and take their address and names away. Their rows of the ledger stay, and are counted.

    Hold them first (``lock_recipients``): a launch then waits, or its rows are found.
    """
    stop_rows(Delivery.recipient_id.in_([row.id for row in people]), DeliveryState.REVOKED, ERASED)
    for row in people:
        row.contact = Contact("").to_json()
        row.address_index = os.urandom(INDEX_BYTES)
        row.domain_index = NO_DOMAIN
        row.paused_until = None
        row.erased_at = clock.now()
    session.flush()


def unname_suppression(organisation_id: int, address_index: bytes, source: str) -> bool:
    """Whether the address is held back; if so it stays, by its index alone: a colleague's words may name somebody."""
    held = (Suppression.organisation_id == organisation_id, Suppression.address_index == address_index)
    found = session.scalar(update(Suppression).where(*held).values(source=source).returning(Suppression.id))
    return found is not None
