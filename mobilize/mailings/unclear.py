"""People of whom nobody knows whether their copy arrived: shown masked, sent again on purpose only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from mobilize.core.db import session
from mobilize.core.text import masked_address
from mobilize.delivery.models import Recipient
from mobilize.delivery.queries import unknown_rows
from mobilize.delivery.recipients import contact_of
from mobilize.mailings.models import Mailing

SHOWN = 50


@dataclass(frozen=True, slots=True)
class UnclearPerson:
    masked: str
    since: datetime


def unclear_people(row: Mailing) -> list[UnclearPerson]:
    """The first of them, masked."""
    if row.message_id is None:
        return []
    rows = unknown_rows(row.message_id, limit=SHOWN)
    people = {
        one.id: one
        for one in session.scalars(select(Recipient).where(Recipient.id.in_([row.recipient_id for row in rows])))
    }
    return [UnclearPerson(masked_address(contact_of(people[one.recipient_id]).email), one.changed_at) for one in rows]
