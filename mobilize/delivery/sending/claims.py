"""Which rows a worker takes next, and for how long.

pending | deferred (due) --claim--> claimed, and a claim that says until when --renew--> until later

PostgreSQL claims with FOR UPDATE SKIP LOCKED; on SQLite the transaction is BEGIN IMMEDIATE already.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, ItemsView, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import zip_longest
from typing import NamedTuple, cast

from sqlalchemy import ColumnElement, Connection, Select, Table, insert, select, update

from mobilize.delivery.bases import Basis
from mobilize.delivery.calendar_order import earlier_is_leaving
from mobilize.delivery.models import BasisKind, Claim, Delivery, DeliveryState, Message, Stream
from mobilize.delivery.waiting import IS_SENDING, due_retries, is_resting, look_up_by_index, resting_rows

_rows = cast(Table, Delivery.__table__)
_messages = cast(Table, Message.__table__)
_claims = cast(Table, Claim.__table__)

_OF_ONE = (Stream.TRANSACTIONAL, Stream.TARGETS)
"""Streams of messages that mostly have one row, taken from both ends of the order in which they were written."""

_WAITS = earlier_is_leaving()

Take = Callable[[Select[tuple[int]], int], None]

MAX_MESSAGES = 32
"""A claim takes from at most so many messages of a list stream, chosen at random: none waits for another's end."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Who holds a claim's rows, and the claim's number: drawn at random, so that no later claim has the same.

    ``lock_id`` names the lock that dies with the owner, if it holds one.
    """

    owner: str
    claim_id: int = field(default_factory=lambda: random.getrandbits(62))
    lock_id: int | None = None


class Claimed(NamedTuple):
    """A row in our hands."""

    id: int
    message_id: int
    recipient_id: int
    content_id: int
    basis_kind: BasisKind
    basis_id: int | None
    facts_sealed: bytes | None
    attempts: int
    domain_index: bytes

    @property
    def basis(self) -> Basis | None:
        """What entitles the person; none where the mail needs nothing."""
        return None if self.basis_id is None else Basis(self.basis_kind, self.basis_id)


class Houses(NamedTuple):
    """Whose mail a claim takes: that of ``only`` one organisation, or everybody's ``but`` of these."""

    only: int | None = None
    but: frozenset[int] = frozenset()

    def condition(self) -> list[ColumnElement[bool]]:
        """What it asks of a message."""
        if self.only is not None:
            return [_messages.c.organisation_id == self.only]
        return [_messages.c.organisation_id.not_in(sorted(self.but))] if self.but else []


EVERYONE = Houses()


def claim(
    connection: Connection,
    stream: Stream,
    hold: Hold,
    limit: int,
    now: datetime,
    until: datetime,
    houses: Houses = EVERYONE,
) -> list[Claimed]:
    """Take up to ``limit`` rows that may leave, due retries first, then in turn from every message of the stream."""
    live = None if stream in _OF_ONE else _live_messages(connection, stream, houses)
    if live == []:
        return []
    look_up_by_index(connection)
    taken: list[Claimed] = []

    def take(ready: Select[tuple[int]], at_most: int) -> None:
        chosen = ready.limit(at_most).with_for_update(skip_locked=True, of=_rows)
        statement = (
            update(_rows)
            # Not part of the choice, which an index answers alone. So a claim may take fewer rows than it could.
            .where(_rows.c.id.in_(chosen), ~_WAITS)
            .values(state=DeliveryState.CLAIMED, claim_id=hold.claim_id, changed_at=now)
            .returning(*(_rows.c[name] for name in Claimed._fields))
        )
        taken.extend(map(Claimed._make, connection.execute(statement).all()))

    take(due_retries(stream, now, *houses.condition()), max(1, limit // 2))
    if live is None:
        _from_both_ends(_waiting(stream, houses), limit, taken, take)
    else:
        _in_turn(live, stream, limit, taken, take)
    if taken:
        rows, messages = [row.id for row in taken], sorted({row.message_id for row in taken})
        values = {"id": hold.claim_id, "owner": hold.owner, "delivery_ids": rows, "message_ids": messages}
        connection.execute(insert(_claims).values(**values, lock_id=hold.lock_id, lease_until=until))
    return _interleaved(taken)


def renew(connection: Connection, owner: str, until: datetime) -> int:
    """Prolong an owner's claims; how many."""
    return connection.execute(update(_claims).where(_claims.c.owner == owner).values(lease_until=until)).rowcount


def by_domain(rows: Iterable[Claimed]) -> ItemsView[tuple[int, bytes], list[int]]:
    """The ids of each message's rows to each domain."""
    groups: defaultdict[tuple[int, bytes], list[int]] = defaultdict(list)
    for row in rows:
        groups[row.message_id, row.domain_index].append(row.id)
    return groups.items()


def _waiting(stream: Stream, houses: Houses) -> Select[tuple[int]]:
    """Messages of mostly one row: a join, because there are about as many messages as rows."""
    sending = select(_messages.c.id).where(_messages.c.id == _rows.c.message_id, IS_SENDING, *houses.condition())
    waiting = is_resting(DeliveryState.PENDING) & (_rows.c.stream == stream)
    return select(_rows.c.id).where(waiting, sending.exists())


def _from_both_ends(waiting: Select[tuple[int]], limit: int, taken: list[Claimed], take: Take) -> None:
    """The oldest rows, and the newest for the other half where more wait.

    A message to thousands (an apology) is one of this stream, too: who asks for a new password meanwhile does not wait
    behind it.
    """
    oldest = len(taken) + (limit - len(taken) + 1) // 2
    take(waiting.order_by(_rows.c.message_id, _rows.c.id), oldest - len(taken))
    if oldest <= len(taken) < limit:
        take(waiting.order_by(_rows.c.message_id.desc(), _rows.c.id.desc()), limit - len(taken))


def _live_messages(connection: Connection, stream: Stream, houses: Houses) -> list[int]:
    """Those of the messages that are being sent which this claim takes from."""
    sending = select(_messages.c.id).where(_messages.c.stream == stream, IS_SENDING, *houses.condition())
    found = list(connection.execute(sending).scalars())
    return random.sample(found, min(len(found), MAX_MESSAGES))


def _in_turn(message_ids: Sequence[int], stream: Stream, limit: int, taken: list[Claimed], take: Take) -> None:
    """An equal share of every message, then the rest from whichever has more."""
    share = max(1, limit // max(1, len(message_ids)))
    for at_most in dict.fromkeys((share, limit)):
        for message_id in message_ids:
            if len(taken) < limit:
                take(resting_rows(DeliveryState.PENDING, stream, message_id), min(at_most, limit - len(taken)))


def _interleaved(rows: Sequence[Claimed]) -> list[Claimed]:
    """One row of each message in turn, each message's own in the order of the ledger."""
    by_message: defaultdict[int, list[Claimed]] = defaultdict(list)
    for row in sorted(rows):
        by_message[row.message_id].append(row)
    return [row for turn in zip_longest(*by_message.values()) for row in turn if row is not None]
