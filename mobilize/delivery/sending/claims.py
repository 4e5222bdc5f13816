"""The hot path's statements: claim, attempt, record, release. Those that follow a claim name it.

pending | deferred (due) --claim--> claimed --attempt--> attempting --record--> accepted | deferred | failed | unknown
                                    claimed --release--> pending

PostgreSQL claims with FOR UPDATE SKIP LOCKED; on SQLite the transaction is BEGIN IMMEDIATE already.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, zip_longest
from typing import Any, NamedTuple, cast

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    Delete,
    Select,
    Table,
    Update,
    bindparam,
    case,
    delete,
    func,
    insert,
    literal_column,
    null,
    select,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

from mobilize.core.id_lists import among, ids
from mobilize.delivery.models import Claim, Delivery, DeliveryState, Message, Stream, SuppressionReason
from mobilize.delivery.sending.classify import Outcome
from mobilize.delivery.sending.prepared import Prepared
from mobilize.delivery.sending.single import Single, numbers

_rows = cast(Table, Delivery.__table__)
_messages = cast(Table, Message.__table__)
_claims = cast(Table, Claim.__table__)

Take = Callable[[Select[tuple[int]], int], None]

MAX_MESSAGES = 32
"""A claim takes from at most so many messages of a list stream, chosen at random: none waits for another's end."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Who holds a claim's rows, and the claim's number: drawn at random, so that no later claim has the same."""

    owner: str
    claim_id: int = field(default_factory=lambda: random.getrandbits(62))


class Claimed(NamedTuple):
    """A row in our hands."""

    id: int
    message_id: int
    recipient_id: int
    content_id: int
    basis_id: int | None
    facts_sealed: bytes | None
    attempts: int
    domain_index: bytes


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

_FREE = {"claim_id": null()}
_HELD = _rows.c.claim_id == bindparam("b_claim")
_IS_CLAIMED = _rows.c.state == literal_column("'claimed'")
_NOW = bindparam("b_now", type_=_rows.c.changed_at.type)
_ACCEPTED = {
    "state": literal_column("'accepted'"),
    "reason": literal_column("''"),
    "reply_code": literal_column("250"),
    "changed_at": _NOW,
    **_FREE,
}
_NEW_STATE = bindparam("b_state", type_=_rows.c.state.type)
_NEW_REASON = bindparam("b_reason", type_=_rows.c.reason.type)
_AGAIN = frozenset({DeliveryState.PENDING, DeliveryState.DEFERRED})


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
    taken: list[Claimed] = []

    def take(ready: Select[tuple[int]], at_most: int) -> None:
        chosen = ready.limit(at_most).with_for_update(skip_locked=True, of=_rows)
        statement = (
            update(_rows)
            .where(_rows.c.id.in_(chosen))
            .values(state=DeliveryState.CLAIMED, claim_id=hold.claim_id, changed_at=now)
            .returning(*(_rows.c[name] for name in Claimed._fields))
        )
        taken.extend(map(Claimed._make, connection.execute(statement).all()))

    take(_due_retries(stream, now, houses), max(1, limit // 2))
    if stream is Stream.TRANSACTIONAL:
        take(_oldest(stream, houses), limit - len(taken))
    else:
        _in_turn(_live_messages(connection, stream, houses), stream, limit, taken, take)
    if taken:
        connection.execute(
            insert(_claims).values(
                id=hold.claim_id, owner=hold.owner, lease_until=until, delivery_ids=[row.id for row in taken]
            )
        )
    return _interleaved(taken)


def hold_messages(connection: Connection, message_ids: Iterable[int]) -> None:
    """Share-lock messages until the commit, in the order of their ids.

    A cancellation locks its message, then its rows: whoever records rows without the message would meet it in a circle.
    """
    if connection.dialect.name != "sqlite":
        _HOLD_MESSAGES.run(connection, {"b_messages": ids(message_ids, sqlite=False)})


def attempt(connection: Connection, hold: Hold, rows: Sequence[Claimed], now: datetime) -> set[int]:
    """Open a window: the ids that may go on the wire now.

    One conditional update decides: a row that was stopped, taken away by the reaper, or whose message is not being
    sent any more does not come back. The message's row is share-locked, so a pause comes wholly before or after.
    """
    sqlite = connection.dialect.name == "sqlite"
    values = {
        "b_ids": ids((row.id for row in rows), sqlite=sqlite),
        "b_messages": ids({row.message_id for row in rows}, sqlite=sqlite),
        **_held(hold, now),
    }
    return {row[0] for row in _ATTEMPT.run(connection, values)}


def advances(connection: Connection) -> bool:
    """Whether ``advance`` can be had here: on PostgreSQL, where it costs half of what its two statements cost."""
    return connection.dialect.name != "sqlite"


def advance(
    connection: Connection, hold: Hold, rows: Sequence[Claimed], accepted: Mapping[Hold, Sequence[int]], now: datetime
) -> Callable[[], tuple[set[int], int]]:
    """``attempt`` for rows and ``record`` for accepted ones of the same messages: one statement, one unit.

    ``accepted`` are those of each claim under the same lease. What comes back waits for the commit; nothing else may
    use the connection before.
    """
    values = {
        "b_ids": [row.id for row in rows],
        "b_messages": list({row.message_id for row in rows}),
        "b_accepted": list(chain(*accepted.values())),
        "b_claims": [one.claim_id for one in accepted],
        **_held(hold, now),
    }
    underway = _ADVANCE.send(connection, values)

    def result() -> tuple[set[int], int]:
        allowed, written = underway.row()
        return set(numbers(allowed)), sum(numbers(written))

    return result


def record(
    connection: Connection, hold: Hold, accepted: Sequence[int], outcomes: Sequence[Outcome], now: datetime
) -> int:
    """Write what became of attempted rows, accepted ones by their ids; how many were still ours."""
    written = 0
    if accepted:
        values = {"b_ids": ids(accepted, sqlite=connection.dialect.name == "sqlite"), **_held(hold, now)}
        written += _ACCEPT.run(connection, values).rowcount
    for one in outcomes:
        statement = _RECORD_AGAIN if one.state in _AGAIN else _RECORD_END
        written += statement.run(connection, _parameters(hold, one, now)).rowcount
    return written


def release(connection: Connection, hold: Hold, left: Collection[int], now: datetime) -> None:
    """End a claim: the rows of ``left`` that were claimed and not attempted wait again."""
    if left:
        values = {"b_ids": ids(left, sqlite=connection.dialect.name == "sqlite"), **_held(hold, now)}
        _RELEASE.run(connection, values)
    _END.run(connection, {"b_claim": hold.claim_id})


def renew(connection: Connection, owner: str, until: datetime) -> int:
    """Prolong an owner's claims; how many."""
    return connection.execute(update(_claims).where(_claims.c.owner == owner).values(lease_until=until)).rowcount


def stopped_or(state: ColumnElement[Any]) -> ColumnElement[Any]:
    """``state``, or the end that a withdrawal or suppression set for the row while it was on the wire."""
    suppressions = _rows.c.stop_reason.in_([literal_column(f"'{reason.value}'") for reason in SuppressionReason])
    return case(
        (_rows.c.stop_reason == "", state),
        (suppressions, literal_column("'suppressed'")),
        else_=literal_column("'revoked'"),
    )


def _waits(state: DeliveryState) -> ColumnElement[bool]:
    """A condition with the state written out: partial indexes serve no bound parameter."""
    return _rows.c.waiting == literal_column(f"'{state.value}'")


def _due_retries(stream: Stream, now: datetime, houses: Houses) -> Select[tuple[int]]:
    sending = select(_messages.c.id).where(_messages.c.state == literal_column("'sending'"), *houses.condition())
    due = _waits(DeliveryState.DEFERRED) & (_rows.c.next_at <= now) & (_rows.c.stream == stream)
    return select(_rows.c.id).where(due, _rows.c.message_id.in_(sending)).order_by(_rows.c.next_at)


def _oldest(stream: Stream, houses: Houses) -> Select[tuple[int]]:
    """Messages of one row each: a join, because there are as many messages as rows."""
    sending = select(_messages.c.id).where(
        _messages.c.id == _rows.c.message_id, _messages.c.state == literal_column("'sending'"), *houses.condition()
    )
    waiting = _waits(DeliveryState.PENDING) & (_rows.c.stream == stream)
    return select(_rows.c.id).where(waiting, sending.exists()).order_by(_rows.c.message_id, _rows.c.id)


def _of_message(stream: Stream, message_id: int) -> Select[tuple[int]]:
    waiting = _waits(DeliveryState.PENDING) & (_rows.c.stream == stream) & (_rows.c.message_id == message_id)
    return select(_rows.c.id).where(waiting).order_by(_rows.c.id)


def _live_messages(connection: Connection, stream: Stream, houses: Houses) -> list[int]:
    """Those of the messages that are being sent which this claim takes from."""
    sending = select(_messages.c.id).where(
        _messages.c.stream == stream, _messages.c.state == literal_column("'sending'"), *houses.condition()
    )
    found = list(connection.execute(sending).scalars())
    return random.sample(found, min(len(found), MAX_MESSAGES))


def _in_turn(message_ids: Sequence[int], stream: Stream, limit: int, taken: list[Claimed], take: Take) -> None:
    """An equal share of every message, then the rest from whichever has more."""
    share = max(1, limit // max(1, len(message_ids)))
    for at_most in dict.fromkeys((share, limit)):
        for message_id in message_ids:
            if len(taken) < limit:
                take(_of_message(stream, message_id), min(at_most, limit - len(taken)))


def _interleaved(rows: Sequence[Claimed]) -> list[Claimed]:
    """One row of each message in turn, each message's own in the order of the ledger."""
    by_message: defaultdict[int, list[Claimed]] = defaultdict(list)
    for row in sorted(rows):
        by_message[row.message_id].append(row)
    return [row for turn in zip_longest(*by_message.values()) for row in turn if row is not None]


def _holding_messages(sqlite: bool) -> Select[int]:
    wanted = select(_messages.c.id).where(among(_messages.c.id, "b_messages", sqlite=sqlite))
    return wanted.order_by(_messages.c.id).with_for_update(read=True)


def _live(sqlite: bool) -> CTE:
    """The window's messages that are being sent, share-locked."""
    return (
        select(_messages.c.id)
        .where(among(_messages.c.id, "b_messages", sqlite=sqlite))
        .where(_messages.c.state == literal_column("'sending'"))
        .order_by(_messages.c.id)
        .with_for_update(read=True)
        .cte("live")
    )


def _attempting(sqlite: bool, live: CTE | None = None) -> ReturningUpdate[int]:
    live = _live(sqlite) if live is None else live
    # A sum serves no index: PostgreSQL would rather walk every row of the message than the window's few.
    of_a_live_message = (_rows.c.message_id + literal_column("0")).in_(select(live.c.id))
    return (
        update(_rows)
        .where(among(_rows.c.id, "b_ids", sqlite=sqlite), _HELD, _IS_CLAIMED, of_a_live_message)
        .where(_rows.c.stop_reason == literal_column("''"))
        .values(state=literal_column("'attempting'"), attempts=_rows.c.attempts + literal_column("1"), changed_at=_NOW)
        .returning(_rows.c.id)
    )


def _accepting(sqlite: bool) -> Update:
    return update(_rows).where(among(_rows.c.id, "b_ids", sqlite=sqlite), _HELD).values(**_ACCEPTED)


def _advancing() -> Select[Any]:
    live = _live(sqlite=False)
    # Asking for them makes it lock the messages before any row, as a cancellation does.
    after_locking = select(func.count()).select_from(live).scalar_subquery() >= literal_column("0")
    held = among(_rows.c.id, "b_accepted", sqlite=False) & among(_rows.c.claim_id, "b_claims", sqlite=False)
    accepted = update(_rows).where(held, after_locking).values(**_ACCEPTED).returning(_rows.c.id).cte("accepted")
    attempted = _attempting(False, live).cte("attempted")
    written = select(func.count()).select_from(accepted).scalar_subquery()
    return select(func.array_agg(attempted.c.id), written)


def _releasing(sqlite: bool) -> Update:
    back = stopped_or(literal_column("'pending'"))
    mine = update(_rows).where(among(_rows.c.id, "b_ids", sqlite=sqlite), _HELD, _IS_CLAIMED)
    return mine.values(state=back, changed_at=_NOW, **_FREE)


def _ending_a_claim(_sqlite: bool) -> Delete:
    return delete(_claims).where(_claims.c.id == bindparam("b_claim"))


def _held(hold: Hold, now: datetime) -> dict[str, object]:
    return {"b_claim": hold.claim_id, "b_now": now}


def _parameters(hold: Hold, outcome: Outcome, now: datetime) -> dict[str, object]:
    return {
        "b_id": outcome.delivery_id,
        **_held(hold, now),
        "b_state": outcome.state,
        "b_reason": outcome.reason,
        "b_next_at": outcome.next_at,
        "b_code": outcome.code,
        "b_status": outcome.status,
        "b_text": outcome.text,
        "b_uncounted": 0 if outcome.counts else 1,
    }


def _ending(_sqlite: bool) -> Update:
    return _recording(_NEW_STATE, _NEW_REASON)


def _going_back(_sqlite: bool) -> Update:
    reason = case((_rows.c.stop_reason == "", _NEW_REASON), else_=_rows.c.stop_reason)
    return _recording(stopped_or(_NEW_STATE), reason)


def _recording(state: ColumnElement[Any], reason: ColumnElement[Any]) -> Update:
    return (
        update(_rows)
        .where(_rows.c.id == bindparam("b_id"), _HELD)
        .values(
            state=state,
            reason=reason,
            next_at=bindparam("b_next_at", type_=_rows.c.next_at.type),
            reply_code=bindparam("b_code"),
            reply_status=bindparam("b_status"),
            reply_text=bindparam("b_text"),
            attempts=_rows.c.attempts - bindparam("b_uncounted", type_=_rows.c.attempts.type),
            changed_at=_NOW,
            **_FREE,
        )
    )


_ATTEMPT, _ACCEPT = Prepared(_attempting), Prepared(_accepting)
_ADVANCE = Single("mobilize_advance", _advancing)
_RELEASE, _END = Prepared(_releasing), Prepared(_ending_a_claim)
_HOLD_MESSAGES = Prepared(_holding_messages)
_RECORD_END, _RECORD_AGAIN = Prepared(_ending), Prepared(_going_back)
