"""What a worker writes of the rows that it holds: attempt, record, release. Every statement names the claim.

claimed --attempt--> attempting --record--> accepted | deferred | failed | unknown
claimed, and refused before its body --record--> deferred | failed
claimed, or attempting and never handed out --release--> pending
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Any, cast

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
    literal_column,
    null,
    select,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

from mobilize.core.id_lists import among, ids
from mobilize.delivery.exchange import current_content
from mobilize.delivery.models import Claim, Delivery, DeliveryState, Message, SuppressionReason
from mobilize.delivery.sending.claims import Claimed, Hold
from mobilize.delivery.sending.classify import Outcome
from mobilize.delivery.sending.prepared import Prepared
from mobilize.delivery.sending.single import Single, numbers
from mobilize.delivery.waiting import IS_SENDING

_rows = cast(Table, Delivery.__table__)
_messages = cast(Table, Message.__table__)
_claims = cast(Table, Claim.__table__)

_FREE = {"claim_id": null()}
_HELD = _rows.c.claim_id == bindparam("b_claim")
_IS_CLAIMED = _rows.c.state == literal_column("'claimed'")
_UNATTEMPTED = case((_IS_CLAIMED, literal_column("1")), else_=literal_column("0"))
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
    """Write what became of rows, accepted ones by their ids; how many were still ours.

    One that was answered before its body was asked for counts as an attempt, too.
    """
    written = 0
    if accepted:
        values = {"b_ids": ids(accepted, sqlite=connection.dialect.name == "sqlite"), **_held(hold, now)}
        written += _ACCEPT.run(connection, values).rowcount
    for one in outcomes:
        statement = _RECORD_AGAIN if one.state in _AGAIN else _RECORD_END
        written += statement.run(connection, _parameters(hold, one, now)).rowcount
    return written


def may_leave(connection: Connection, hold: Hold, rows: Collection[int]) -> set[int]:
    """Those of these rows that nobody took from the claim and whose message is being sent."""
    sqlite = connection.dialect.name == "sqlite"
    values = {"b_ids": ids(rows, sqlite=sqlite), "b_claim": hold.claim_id}
    return {row[0] for row in _MAY_LEAVE.run(connection, values)}


def release(connection: Connection, hold: Hold, left: Collection[int], now: datetime) -> None:
    """Let the rows of ``left``, of which no body left, wait again.

    One of them is ``attempting`` if its window was committed and nobody heard of it, because the connection broke.
    """
    if left:
        values = {"b_ids": ids(left, sqlite=connection.dialect.name == "sqlite"), **_held(hold, now)}
        _RELEASE.run(connection, values)


def end(connection: Connection, hold: Hold, rows: Collection[int]) -> None:
    """End a claim of these rows, unless one of them still names it: that one is left to the end of the lease."""
    values = {"b_ids": ids(rows, sqlite=connection.dialect.name == "sqlite"), "b_claim": hold.claim_id}
    _END.run(connection, values)


def stopped_or(state: ColumnElement[Any]) -> ColumnElement[Any]:
    """``state``, or the end that a withdrawal or suppression set for the row while it was on the wire."""
    suppressions = _rows.c.stop_reason.in_([literal_column(f"'{reason.value}'") for reason in SuppressionReason])
    return case(
        (_rows.c.stop_reason == "", state),
        (suppressions, literal_column("'suppressed'")),
        else_=literal_column("'revoked'"),
    )


def _holding_messages(sqlite: bool) -> Select[Any]:
    """Messages, share-locked whether they are being sent or not."""
    wanted = select(_messages.c.id, _messages.c.state).where(among(_messages.c.id, "b_messages", sqlite=sqlite))
    return wanted.order_by(_messages.c.id).with_for_update(read=True)


def _attempting(sqlite: bool, held: CTE | None = None) -> ReturningUpdate[int]:
    held = _holding_messages(sqlite).cte("held") if held is None else held
    live = select(held.c.id).where(held.c.state == literal_column("'sending'"))
    # A sum serves no index: PostgreSQL would rather walk every row of the message than the window's few.
    of_a_live_message = (_rows.c.message_id + literal_column("0")).in_(live)
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
    """The messages are locked first, as a cancellation does, then the older rows, then the window's."""
    held = _holding_messages(sqlite=False).cte("held")
    rows = among(_rows.c.id, "b_accepted", sqlite=False) & among(_rows.c.claim_id, "b_claims", sqlite=False)
    accepted = update(_rows).where(rows, _after(held)).values(**_ACCEPTED).returning(_rows.c.id).cte("accepted")
    attempted = _attempting(False, held).where(_after(accepted)).cte("attempted")
    written = select(func.count()).select_from(accepted).scalar_subquery()
    return select(func.array_agg(attempted.c.id), written)


def _after(earlier: CTE) -> ColumnElement[bool]:
    """Always true, once that part of the statement is done."""
    return select(func.count()).select_from(earlier).scalar_subquery() >= literal_column("0")


def _releasing(sqlite: bool) -> Update:
    back = stopped_or(literal_column("'pending'"))
    is_open = _rows.c.state.in_([literal_column("'claimed'"), literal_column("'attempting'")])
    uncounted = case((_IS_CLAIMED, _rows.c.attempts), else_=_rows.c.attempts - literal_column("1"))
    mine = update(_rows).where(among(_rows.c.id, "b_ids", sqlite=sqlite), _HELD, is_open)
    return mine.values(
        state=back,
        content_id=current_content(),
        reason=_stop_reason_or(_rows.c.reason),
        attempts=uncounted,
        changed_at=_NOW,
        **_FREE,
    )


def _naming_a_claim(sqlite: bool) -> Select[int]:
    return select(_rows.c.id).where(among(_rows.c.id, "b_ids", sqlite=sqlite), _HELD)


def _leaving(sqlite: bool) -> Select[int]:
    sending = select(_messages.c.id).where(_messages.c.id == _rows.c.message_id, IS_SENDING)
    return _naming_a_claim(sqlite).where(sending.exists())


def _ending_a_claim(sqlite: bool) -> Delete:
    return delete(_claims).where(_claims.c.id == bindparam("b_claim"), ~_naming_a_claim(sqlite).exists())


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
    return _recording(stopped_or(_NEW_STATE), _stop_reason_or(_NEW_REASON)).values(content_id=current_content())


def _stop_reason_or(reason: ColumnElement[str]) -> ColumnElement[str]:
    return case((_rows.c.stop_reason == "", reason), else_=_rows.c.stop_reason)


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
            attempts=_rows.c.attempts + _UNATTEMPTED - bindparam("b_uncounted", type_=_rows.c.attempts.type),
            changed_at=_NOW,
            **_FREE,
        )
    )


_ATTEMPT, _ACCEPT = Prepared(_attempting), Prepared(_accepting)
_ADVANCE = Single("mobilize_advance", _advancing)
_RELEASE, _END = Prepared(_releasing), Prepared(_ending_a_claim)
_MAY_LEAVE = Prepared(_leaving)
_HOLD_MESSAGES = Prepared(_holding_messages)
_RECORD_END, _RECORD_AGAIN = Prepared(_ending), Prepared(_going_back)
