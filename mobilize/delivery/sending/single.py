"""A statement that is a unit of its own, sent to PostgreSQL without waiting for it.

send ─► the worker renders its next window ─► row

It goes through libpq (``psycopg.pq``, asynchronous command processing), because there is work to do while the server
makes its commit durable.
"""

from __future__ import annotations

import select
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from psycopg import OperationalError, errors, pq
from sqlalchemy import Connection, Dialect
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import DBAPIError

from mobilize.core import db
from mobilize.delivery.sending.prepared import Statement

Row = tuple[bytes | None, ...]

_DIALECT: Dialect = PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
_known: WeakKeyDictionary[Any, set[bytes]] = WeakKeyDictionary()


class Single:
    """One statement, prepared once a connection; ``name`` is its name there. Its values are numbers, times and ids."""

    def __init__(self, name: str, build: Callable[[], Statement]) -> None:
        self._name, self._build = name.encode(), build
        self._compiled: tuple[bytes, list[str]] | None = None

    def send(self, connection: Connection, values: Mapping[str, object]) -> Underway:
        """Let the server begin with it. Nothing else may use the connection before its row was asked for.

        Raises:
            DBAPIError: nothing was begun.
        """
        with db.driver_errors(connection):
            driver: Any = connection.connection.driver_connection
            known = _known.setdefault(driver, set())
            if self._name not in known:
                self._prepare(driver.pgconn)
                known.add(self._name)
            _text, order = self._text_and_order()
            written = [_written(values[name]) for name in order]
            _sent(driver.pgconn, self._name, written)
        return Underway(connection, driver.pgconn, partial(self._send_again, driver.pgconn, written))

    def _prepare(self, wire: pq.abc.PGconn) -> None:
        text, _order = self._text_and_order()
        _checked(wire.prepare(self._name, text), pq.ExecStatus.COMMAND_OK)

    def _send_again(self, wire: pq.abc.PGconn, written: list[bytes | None]) -> None:
        self._prepare(wire)
        _sent(wire, self._name, written)

    def _text_and_order(self) -> tuple[bytes, list[str]]:
        if self._compiled is None:
            compiled = self._build().compile(dialect=_DIALECT)
            self._compiled = str(compiled).encode(), compiled.positiontup or []
        return self._compiled


class Underway:
    """A statement that the server works on."""

    def __init__(self, connection: Connection, wire: pq.abc.PGconn, send_again: Callable[[], None]) -> None:
        self._connection, self._wire, self._send_again = connection, wire, send_again

    def row(self) -> Row:
        """Its one row as text, once it is committed.

        Raises:
            DBAPIError: nothing of it holds, or the connection broke and nobody can tell.
        """
        try:
            with db.driver_errors(self._connection):
                found = self._only_result()
        except DBAPIError:
            raise
        except BaseException:
            self._connection.invalidate()  # its answer may still come, to whoever asks next
            raise
        return tuple(found.get_value(0, column) for column in range(found.nfields))

    def _only_result(self) -> pq.abc.PGresult:
        try:
            return self._result()
        except errors.InvalidSqlStatementName:
            # psycopg lets the server forget every prepared statement after a rollback.
            self._send_again()
            return self._result()

    def _result(self) -> pq.abc.PGresult:
        while self._wire.is_busy():
            _wait(self._wire, select.POLLIN)
            self._wire.consume_input()
        found = self._wire.get_result()
        while self._wire.get_result() is not None:
            """Only the first result is the statement's; libpq wants to be asked until there is none."""
        if found is None:
            raise OperationalError("the server gave no answer")
        return _checked(found, pq.ExecStatus.TUPLES_OK)


def numbers(text: bytes | None) -> list[int]:
    """The elements of an array of integers, as ``Underway.row`` gives it; none for NULL."""
    return [int(number) for number in text.strip(b"{}").split(b",")] if text else []


def _checked(result: pq.abc.PGresult, expected: pq.ExecStatus) -> pq.abc.PGresult:
    if result.status != expected:
        raise errors.error_from_result(result)
    return result


def _sent(wire: pq.abc.PGconn, name: bytes, values: list[bytes | None]) -> None:
    wire.send_query_prepared(name, values)
    while wire.flush():
        _wait(wire, select.POLLIN | select.POLLOUT)
        wire.consume_input()


def _wait(wire: pq.abc.PGconn, events: int) -> None:
    waiting = select.poll()
    waiting.register(wire.socket, events)
    waiting.poll()


def _written(value: object) -> bytes | None:
    """A value in PostgreSQL's own text form."""
    if isinstance(value, list):
        return b"{%s}" % ",".join(map(str, value)).encode()
    return (value.isoformat() if isinstance(value, datetime) else str(value)).encode()
