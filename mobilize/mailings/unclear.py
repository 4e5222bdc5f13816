"""Copies of which nobody knows whether they arrived: shown masked, sent again on purpose only.

A server's log knows a copy by its Message-ID, so that is what a colleague or an operator looks up.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from mobilize.core.db import session
from mobilize.core.text import masked_address
from mobilize.delivery.message_ids import message_id_of
from mobilize.delivery.models import Message, Recipient
from mobilize.delivery.queries import UnknownRow, unknown_rows
from mobilize.delivery.recipients import contact_of
from mobilize.mailings.models import Mailing
from mobilize.mailings.service import trail

PAGE = 50
STEP = 500


@dataclass(frozen=True, slots=True)
class UnclearCopy:
    """``reason``: ``no-answer`` (the server fell silent) or ``worker-lost`` (we stopped before its answer)."""

    id: int
    address: str
    since: datetime
    reason: str
    message_id: str

    @property
    def masked(self) -> str:
        return masked_address(self.address)


@dataclass(frozen=True, slots=True)
class UnclearPage:
    """``after`` is where the next page begins, or none."""

    copies: Sequence[UnclearCopy]
    after: int | None


def unclear_page(row: Mailing, after: int = 0) -> UnclearPage:
    """One page of them, in the order of the ledger."""
    found = _copies(row, after, PAGE + 1)
    more = len(found) > PAGE
    return UnclearPage(found[:PAGE], found[PAGE - 1].id if more else None)


def unclear_copies(row: Mailing) -> Iterator[UnclearCopy]:
    """All of them."""
    after = 0
    while found := _copies(row, after, STEP):
        yield from found
        after = found[-1].id


def _copies(row: Mailing, after: int, limit: int) -> list[UnclearCopy]:
    if row.message_id is None:
        return []
    message = session.get_one(Message, row.message_id)
    rows = unknown_rows(message.id, after=after, limit=limit)
    wanted = select(Recipient).where(Recipient.id.in_({one.recipient_id for one in rows}))
    people = {one.id: one for one in session.scalars(wanted)}
    return [_copy(one, people[one.recipient_id], message) for one in rows]


def _copy(row: UnknownRow, person: Recipient, message: Message) -> UnclearCopy:
    domain = message.sender_address.rpartition("@")[2]
    message_id = message_id_of(message.uid, row.delivery_id, domain)
    return UnclearCopy(row.delivery_id, contact_of(person).email, row.changed_at, row.reason, message_id)


def note_addresses_printed(row: Mailing) -> None:
    """Keep in the trail that an operator listed whose copies are unclear, with their addresses."""
    trail(row, "mailing.unclear-listed")
