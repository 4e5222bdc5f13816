"""``rules.blocks`` in SQL: which rows a suppression holds back. A table test compares the two."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, case, literal_column, or_
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
