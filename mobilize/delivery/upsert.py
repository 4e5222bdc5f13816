"""INSERT … ON CONFLICT in the two dialects' one spelling."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import Insert, Table
from sqlalchemy.dialects import postgresql, sqlite

from mobilize.core import db


def insert_new(model: Any) -> Insert:
    """An INSERT that skips rows which exist already; ``RETURNING`` and row counts name only new ones."""
    table = cast(Table, model.__table__)
    if db.is_sqlite():
        return sqlite.insert(table).on_conflict_do_nothing().execution_options(preserve_rowcount=True)
    return postgresql.insert(table).on_conflict_do_nothing().execution_options(preserve_rowcount=True)
