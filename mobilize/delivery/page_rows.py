"""What a page of a launch becomes in the ledger: a row a person, which waits or says why it is held back."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import ColumnElement, Select, Table, case, false, literal, literal_column
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import SQLCoreOperations

from mobilize.core import clock
from mobilize.delivery.blocking import blocked, paused
from mobilize.delivery.caps import cap_of, capped
from mobilize.delivery.models import BasisKind, Delivery, Message, Recipient, Suppression
from mobilize.delivery.rules import CAPPED, PAUSED

_recipients = cast(Table, Recipient.__table__)


def ledger_rows(message: Message, page: Select[int, int, int | None]) -> tuple[list[str], Select[*tuple[object, ...]]]:
    """The columns of the rows, and what selects them (see ``messages.add_page``)."""
    held = aliased(Suppression)
    stream: ColumnElement[str] = literal_column(f"'{message.stream}'")
    why = _held_back(message, page, held.reason, stream)
    facts: dict[str, ColumnElement[Any]] = {
        "message_id": literal(message.id),
        "stream": stream,
        "domain_index": _recipients.c.domain_index,
        "state": case(*((holds, _text("suppressed")) for holds, _reason in why), else_=_text("pending")),
        "reason": case(*why, else_=_text("")),
        "stop_reason": _text(""),
        "attempts": literal_column("0"),
        "reply_status": _text(""),
        "reply_text": _text(""),
        "changed_at": literal(clock.now(), Delivery.__table__.c.changed_at.type),
    }
    same = (held.organisation_id == Recipient.organisation_id) & (held.address_index == Recipient.address_index)
    rows = (
        page.add_columns(*facts.values())
        .outerjoin(held, same)
        # "Not distinct" serves no index: fresh tables without statistics would be read through it whole, page by page.
        .where(Recipient.organisation_id.is_not_distinct_from(message.organisation_id))
    )
    return [*page.selected_columns.keys(), *facts], rows


def _held_back(
    message: Message, page: Select[int, int, int | None], reason: SQLCoreOperations[Any], stream: ColumnElement[str]
) -> list[tuple[ColumnElement[bool], SQLCoreOperations[Any]]]:
    """What keeps a person's row from waiting, the weightiest first, each with the reason that it is given."""
    columns = page.selected_columns
    kind = columns.get("basis_kind", _text(BasisKind.LIST.value))
    basis, now = columns["basis_id"], literal(clock.now(), Recipient.__table__.c.paused_until.type)
    why: list[tuple[ColumnElement[bool], SQLCoreOperations[Any]]] = [
        (blocked(reason, kind, basis, stream, false()), reason),
        (paused(_recipients.c.paused_until, kind, basis, stream, now), _text(PAUSED)),
    ]
    cap = cap_of(message.organisation_id)
    if cap is not None:
        why.append((capped(cap, _recipients.c.id, kind, basis, stream), _text(CAPPED)))
    return why


def _text(value: str) -> ColumnElement[str]:
    return literal_column(f"'{value}'")
