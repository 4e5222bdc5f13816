"""``rules.blocks`` and ``rules.pauses`` in SQL: which rows are held back. A table test compares each with its rule."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal_column, or_
from sqlalchemy.sql.elements import SQLCoreOperations

from mobilize.delivery.models import BasisKind, Stream, SuppressionReason

_TRANSACTIONAL: ColumnElement[str] = literal_column(f"'{Stream.TRANSACTIONAL.value}'")
_WITHDRAWAL: ColumnElement[str] = literal_column(f"'{SuppressionReason.WITHDRAWAL.value}'")
_SOFT_BOUNCES: ColumnElement[str] = literal_column(f"'{SuppressionReason.SOFT_BOUNCES.value}'")
_REGISTRATION: ColumnElement[str] = literal_column(f"'{BasisKind.REGISTRATION.value}'")


def blocked(
    reason: SQLCoreOperations[Any],
    basis_kind: SQLCoreOperations[Any],
    basis_id: SQLCoreOperations[Any],
    stream: SQLCoreOperations[Any],
    person_asked: ColumnElement[bool],
) -> ColumnElement[bool]:
    """True where the mail is held back; never NULL. A ``reason`` of NULL blocks nothing."""
    listed = stream != _TRANSACTIONAL
    by_withdrawal = or_(and_(basis_id.is_not(None), basis_kind != _REGISTRATION), and_(basis_id.is_(None), listed))
    by_reason = case((reason == _WITHDRAWAL, by_withdrawal), (reason == _SOFT_BOUNCES, listed), else_=True)
    return and_(reason.is_not(None), or_(listed, ~person_asked), by_reason)


def pausable(
    basis_kind: SQLCoreOperations[Any], basis_id: SQLCoreOperations[Any], stream: SQLCoreOperations[Any]
) -> ColumnElement[bool]:
    """True for newsletters and appeals; never NULL."""
    return and_(stream != _TRANSACTIONAL, or_(basis_id.is_(None), basis_kind != _REGISTRATION))


def paused(
    until: SQLCoreOperations[Any],
    basis_kind: SQLCoreOperations[Any],
    basis_id: SQLCoreOperations[Any],
    stream: SQLCoreOperations[Any],
    now: SQLCoreOperations[Any],
) -> ColumnElement[bool]:
    """True where the person's pause holds the mail back; never NULL. An ``until`` of NULL pauses nothing."""
    return and_(until.is_not(None), func.coalesce(until, now) > now, pausable(basis_kind, basis_id, stream))
