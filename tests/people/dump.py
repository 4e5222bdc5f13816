"""Everything that an installation has on its disks and in its memory, to be searched for somebody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from redis import Redis
from sqlalchemy import LargeBinary, Table, insert, select

from mobilize.core import crypto, db
from mobilize.core.db import Base, session
from mobilize.core.settings import Settings
from mobilize.delivery.models import Delivery, Message
from mobilize.delivery.personal import facts_place

Cell = tuple[str, str, object]


def cells() -> list[Cell]:
    """Table, column and value of every cell."""
    with db.reading():
        return [
            (table.name, column, value)
            for table in Base.metadata.sorted_tables
            for row in session.execute(select(table)).mappings()
            for column, value in row.items()
        ]


def octets(settings: Settings) -> bytes:
    """The database as a thief of it has it: on SQLite the files with the log, elsewhere all that a dump selects."""
    if not settings.database_url.startswith("sqlite"):
        return b"\n".join(v if isinstance(v, bytes) else str(v).encode() for _table, _column, v in cells())
    files = (path for path in sorted(settings.data_dir.glob("mobilize.db*")) if path.is_file())
    return b"".join(path.read_bytes() for path in files)


def opened() -> list[str]:
    """What the keys open of all that is sealed, each in its place."""
    with db.reading():
        found = [crypto.unseal(bytes(sealed), place) for sealed, place in _sealed()]
        facts = select(Message.uid, Delivery.facts_sealed).join(Delivery, Delivery.message_id == Message.id)
        wanted = facts.where(Delivery.facts_sealed.is_not(None))
        return found + [crypto.unseal(sealed, facts_place(uid)) for uid, sealed in session.execute(wanted)]


def in_redis(settings: Settings) -> bytes:
    """Every key with its value."""
    redis = Redis(unix_socket_path=settings.redis_url.removeprefix("unix://"))
    return b"\n".join(key + b" " + (redis.dump(key) or b"") for key in redis.scan_iter())


def files(settings: Settings) -> bytes:
    """Every other file of the installation."""
    found = (path for path in sorted(settings.data_dir.rglob("*")) if path.is_file())
    return b"\n".join(path.read_bytes() for path in found if not path.name.startswith("mobilize.db"))


def columns_with(value: bytes) -> set[tuple[str, str]]:
    """Table and column of the cells that are exactly this."""
    return {(table, column) for table, column, cell in cells() if cell == value}


def copy() -> dict[str, list[dict[str, Any]]]:
    """Every row, as a backup has it."""
    with db.reading():
        return {
            table.name: [dict(row) for row in session.execute(_stored(table)).mappings()]
            for table in Base.metadata.sorted_tables
        }


def restore(rows: dict[str, list[dict[str, Any]]]) -> None:
    """Make the database what it was when the copy was made."""
    with db.writing():
        for table in reversed(Base.metadata.sorted_tables):
            session.execute(table.delete())
        for table in Base.metadata.sorted_tables:
            if rows[table.name]:
                session.execute(insert(table), rows[table.name])


def _stored(table: Table) -> Any:
    return select(*[column for column in table.columns if column.computed is None])


def _sealed() -> Iterator[tuple[bytes, bytes]]:
    for table in Base.metadata.sorted_tables:
        if "uid" not in table.columns:
            continue
        for column in table.columns:
            if column.name.endswith("_sealed") and isinstance(column.type, LargeBinary):
                for uid, value in session.execute(select(table.c.uid, column).where(column.is_not(None))):
                    yield value, crypto.associated_data(table.name, column.name, uid)
