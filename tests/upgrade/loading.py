"""Puts the stored rows into an empty database at revision ``0001``, on either kind of database."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Boolean, Column, Connection, Date, DateTime, LargeBinary, MetaData, func, select

from mobilize import migrations
from mobilize.core import db

STORED = Path(__file__).parent / "older"


def load_older(url: str) -> None:
    """Make the tables of ``0001`` in the empty database at ``url`` and fill them."""
    db.connect(url)
    migrations.upgrade("0001")
    with db.engine().execution_options(mobilize_writes=True).begin() as connection:
        tables = MetaData()
        tables.reflect(connection)
        for name, row in stored_rows():
            table = tables.tables[name]
            connection.execute(table.insert(), {key: typed(table.columns[key], value) for key, value in row.items()})
        if connection.dialect.name == "postgresql":
            go_on_counting(connection, tables)
    db.disconnect()


def stored_rows() -> Iterator[tuple[str, dict[str, Any]]]:
    """Table and row, parents first."""
    for line in (STORED / "rows.jsonl").read_text().splitlines():
        one = json.loads(line)
        yield one["table"], one["row"]


def typed(column: Column[Any], value: Any) -> Any:
    """A stored value as its column takes it."""
    if value is None:
        return None
    if isinstance(column.type, LargeBinary):
        return base64.b64decode(value)
    if isinstance(column.type, DateTime):
        return datetime.fromisoformat(value)
    if isinstance(column.type, Date):
        return date.fromisoformat(value)
    return bool(value) if isinstance(column.type, Boolean) else value


def go_on_counting(connection: Connection, tables: MetaData) -> None:
    """Ids were given: PostgreSQL's sequences have to be told (SQLite looks at the table)."""
    for table in tables.sorted_tables:
        sequence = connection.scalar(select(func.pg_get_serial_sequence(table.name, "id"))) if "id" in table.c else None
        if sequence:
            highest = connection.scalar(select(func.max(table.c.id))) or 0
            connection.execute(select(func.setval(sequence, highest + 1, False)))
