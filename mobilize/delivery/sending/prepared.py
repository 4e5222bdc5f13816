"""Statements that every window sends: compiled once, then handed to the driver as they are.

Building such a statement anew and passing it through every layer of SQLAlchemy costs more than SQLite takes to run it
(``python -m tests.bench bench_send``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import Connection, Dialect, Select, UpdateBase

from mobilize.core import db, sqlite
from mobilize.delivery.smtp.transport import Meanwhile, nothing

Statement = UpdateBase | Select[Any]


class Prepared:
    """One statement for both databases; ``build`` gets whether it is for SQLite."""

    def __init__(self, build: Callable[[bool], Statement]) -> None:
        self._build = build
        self._compiled: dict[str, _Compiled] = {}

    def run(self, connection: Connection, values: Mapping[str, object]) -> Any:
        """Execute it with its bound values by name; the driver's own cursor comes back.

        Raises:
            DBAPIError: what the driver says, as SQLAlchemy would say it.
        """
        name = connection.dialect.name
        if name not in self._compiled:
            self._compiled[name] = _Compiled(self._build(name == "sqlite"), connection.dialect)
        compiled = self._compiled[name]
        with db.driver_errors(connection):
            return _driver(connection).execute(compiled.text, compiled.parameters(values))


@contextmanager
def unit(connection: Connection, meanwhile: Meanwhile = nothing) -> Iterator[None]:
    """One writing transaction of prepared statements and nothing else, committed at the end of the block.

    ``meanwhile`` is called while another one writes.

    Raises:
        DBAPIError: it could not be begun or committed, and nothing of it holds.
    """
    driver = _driver(connection)
    try:
        with db.driver_errors(connection):
            if connection.dialect.name == "sqlite":
                sqlite.begin(driver, meanwhile)
            yield
            driver.commit()
    except BaseException:
        with suppress(connection.dialect.loaded_dbapi.Error):
            driver.rollback()
        raise


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection


class _Compiled:
    def __init__(self, statement: Statement, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self.text = str(compiled)
        self._order: list[str] | None = compiled.positiontup
        self._constants = {name: value for name, value in compiled.params.items() if value is not None}
        processors = {name: bind.type.dialect_impl(dialect).bind_processor for name, bind in compiled.binds.items()}
        self._convert = {name: convert for name, of in processors.items() if (convert := of(dialect)) is not None}

    def parameters(self, values: Mapping[str, object]) -> Any:
        """As the driver wants them: by position, or by name."""
        given = {**self._constants, **values}
        for name, convert in self._convert.items():
            given[name] = convert(given[name])
        return given if self._order is None else tuple(given[name] for name in self._order)
