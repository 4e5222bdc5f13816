"""The database and the one place that commits.

with writing():   one transaction, committed at the end of the block, rolled back on any error
with reading():   a transaction that can not write
in_steps(step):   a writing unit a step, until there is nothing left to do

Inside a unit, ``session`` is the current one. SQLite opens every writing unit with ``BEGIN IMMEDIATE``: a deferred
transaction that reads first and writes later fails with SQLITE_BUSY_SNAPSHOT under concurrency.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    DateTime,
    Dialect,
    Engine,
    Enum,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    event,
)
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Mapped, ORMExecuteState, Session, mapped_column
from sqlalchemy.types import TypeDecorator

from mobilize.core import sqlite
from mobilize.core.errors import MobilizeError

BigId = BigInteger().with_variant(Integer, "sqlite")

_DEADLOCK_DETECTED = "40P01"

_session: ContextVar[Session] = ContextVar("session")


class _OpenSession:
    """Stands for the session of the unit that is open in this context; true while there is one."""

    def __getattr__(self, name: str) -> Any:
        current = _session.get(None)
        if current is None:
            raise RuntimeError("no database unit is open: use db.reading() or db.writing()")
        return getattr(current, name)

    def __bool__(self) -> bool:
        return _session.get(None) is not None


session = cast(Session, _OpenSession())


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC; naive values are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime given to the database")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Parent of every model: integer keys that are never used again, named constraints."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {
        int: BigId,
        datetime: UtcDateTime(),
        StrEnum: Enum(StrEnum, native_enum=False, length=20, values_callable=lambda kind: [one.value for one in kind]),
    }


STOPPED_FOR = timedelta(seconds=60)
"""PostgreSQL ends a unit in which nothing was done for so long: whoever was stopped within it holds locks. A worker's
lease is longer, so that who reaps its rows waits for nobody. SQLite has nothing of the kind."""


@event.listens_for(Table, "after_parent_attach")
def _never_reuse_ids(table: Table, _parent: Any) -> None:
    """A reused id would let an old token act for another person (SQLite reuses them unless told not to)."""
    table.dialect_options["sqlite"]["autoincrement"] = True


class HasId:
    """An integer primary key, never shown outside."""

    id: Mapped[int] = mapped_column(BigId, primary_key=True)


class HasUid(HasId):
    """Also a random 128-bit name, made in Python: part of sealed fields' associated data and of URLs."""

    uid: Mapped[str] = mapped_column(String(26), unique=True)

    def __init__(self, **values: Any) -> None:
        self.uid = values.pop("uid", None) or new_uid()
        super().__init__(**values)


def new_uid() -> str:
    """26 lower-case letters and digits holding 128 random bits."""
    return base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=").lower()


class Unit:
    """One transaction: what to do after its commit, and whether it may commit at all."""

    def __init__(self, *, writes: bool) -> None:
        self.writes = writes
        self.abandoned = False
        self.has_written = False
        self.after_commit: dict[Any, Callable[[], object]] = {}


_unit: ContextVar[Unit | None] = ContextVar("unit", default=None)
_engine: Engine | None = None


def connect(url: str) -> Engine:
    """Use the database at ``url`` for this process from now on."""
    global _engine
    disconnect()
    # An error must not carry the values of the statement into a log.
    engine = create_engine(url, hide_parameters=True, **_engine_options(url))
    event.listen(engine, "begin", _begin)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda opened, _record: sqlite.prepare(opened))
    else:
        event.listen(engine, "connect", lambda opened, _record: _prepare_postgresql(opened))
    _engine = engine
    return engine


def disconnect() -> None:
    """Close every connection of this process."""
    global _engine
    if _engine is not None:
        _engine.dispose()
        _engine = None


def engine() -> Engine:
    """The process's engine.

    Raises:
        MobilizeError: ``connect`` was not called.
    """
    if _engine is None:
        raise MobilizeError("the database is not connected")
    return _engine


@contextmanager
def writing() -> Iterator[Unit]:
    """One transaction that is committed when the block ends well; then its doorbells ring."""
    with _opened(Unit(writes=True)) as unit:
        yield unit
    for action in unit.after_commit.values():
        action()


@contextmanager
def reading() -> Iterator[Unit]:
    """One transaction that refuses to write."""
    with _opened(Unit(writes=False)) as unit:
        yield unit


def in_steps(step: Callable[[], bool]) -> int:
    """Run ``step`` in a writing unit of its own until it returns false; the number of steps that did work."""
    done = 0
    while True:
        with writing():
            more = step()
        if not more:
            return done
        done += 1


def abandon() -> None:
    """Roll the current unit back at its end (a refused form, an error page)."""
    unit = _unit.get()
    if unit is not None:
        unit.abandoned = True


def release() -> None:
    """End the transaction of a unit that has only read so far: slow work that follows holds no lock.

    The unit's next statement begins anew and sees what others wrote meanwhile.
    """
    unit = _unit.get()
    if session.new or session.dirty or session.deleted or (unit is not None and unit.has_written):
        raise MobilizeError("a unit that has written cannot let go of its transaction")
    session.rollback()


def after_commit(key: Any, action: Callable[[], object]) -> None:
    """Run ``action`` once after the current unit's commit; the same ``key`` twice is one action."""
    unit = _unit.get()
    if unit is None or not unit.writes:
        raise MobilizeError("after_commit needs a writing unit")
    unit.after_commit[key] = action


def is_circle(error: Exception) -> bool:
    """Whether two transactions waited for each other and PostgreSQL ended this one: run again, it succeeds."""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) == _DEADLOCK_DETECTED


def forget_overwritten() -> bool:
    """Have the files of an SQLite database hold no earlier version of any row; false if others were in the way.

    On PostgreSQL a vacuum does it in its own time, and archived logs are the operator's.
    """
    if not is_sqlite():
        return True
    opened = engine().raw_connection()
    try:
        return sqlite.empty_log(cast(Any, opened.driver_connection))
    finally:
        opened.close()


def is_sqlite() -> bool:
    return engine().dialect.name == "sqlite"


def _note_writing(_session: Any, *_context: Any) -> None:
    unit = _unit.get()
    if unit is not None:
        unit.has_written = True


def _note_statement(state: ORMExecuteState) -> None:
    if state.is_insert or state.is_update or state.is_delete:
        _note_writing(state.session)


event.listen(Session, "after_flush", _note_writing)
event.listen(Session, "do_orm_execute", _note_statement)


@contextmanager
def _opened(unit: Unit) -> Iterator[Unit]:
    if _unit.get() is not None:
        raise MobilizeError("a database unit is open already: units do not nest")
    bind = engine().execution_options(mobilize_writes=unit.writes)
    unit_token = _unit.set(unit)
    try:
        with Session(bind, expire_on_commit=False, autoflush=True) as current:
            session_token = _session.set(current)
            try:
                yield unit
                _conclude(current, unit)
            finally:
                _session.reset(session_token)
    finally:
        _unit.reset(unit_token)


def _conclude(current: Session, unit: Unit) -> None:
    """The one commit of the product outside the delivery pipeline."""
    if unit.writes and not unit.abandoned:
        current.commit()
    else:
        current.rollback()
        unit.after_commit.clear()


def _engine_options(url: str) -> dict[str, Any]:
    if url.startswith("sqlite"):
        return {"connect_args": {"timeout": sqlite.PATIENCE, "check_same_thread": False}}
    return {
        "pool_pre_ping": True,
        "pool_size": 10,
        "max_overflow": 20,
        "connect_args": {"connect_timeout": 5},
    }


def _prepare_postgresql(opened: Any) -> None:
    opened.execute(f"SET idle_in_transaction_session_timeout = {round(STOPPED_FOR.total_seconds() * 1000)}")
    opened.commit()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("mobilize_writes", True)
    if connection.dialect.name == "sqlite":
        if connection.info.get("writes") is not writes:
            connection.exec_driver_sql(f"PRAGMA query_only={'OFF' if writes else 'ON'}")
            connection.info["writes"] = writes
        if writes:
            with driver_errors(connection):
                sqlite.begin(cast(Any, connection.connection.driver_connection))
        else:
            connection.exec_driver_sql("BEGIN")
    elif not writes:
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")


@contextmanager
def driver_errors(connection: Connection) -> Iterator[None]:
    """What the driver itself is asked within the block fails as if SQLAlchemy had asked it.

    Raises:
        DBAPIError: in place of the driver's own error; a connection that is gone is not used again.
    """
    dialect = connection.dialect
    try:
        yield
    except dialect.loaded_dbapi.Error as error:
        gone = dialect.is_disconnect(error, connection.connection.dbapi_connection, None)
        if gone:
            connection.invalidate(error)
        raise DBAPIError.instance(
            None, None, error, dialect.loaded_dbapi.Error, True, connection_invalidated=gone, dialect=dialect
        ) from error
