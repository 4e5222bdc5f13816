"""Statements that every window sends: compiled once, then handed to the driver as they are.

Building the same statement anew costs more than SQLite takes to run it (``python -m tests.bench bench_send``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, CursorResult, Dialect, UpdateBase

Convert = Callable[[Any], Any]


class Prepared:
    """One statement for both databases; ``build`` gets whether it is for SQLite."""

    def __init__(self, build: Callable[[bool], UpdateBase]) -> None:
        self._build = build
        self._compiled: dict[str, _Compiled] = {}

    def run(self, connection: Connection, values: Mapping[str, object]) -> CursorResult[Any]:
        """Execute it with its bound values by name; rows come back as the driver gives them."""
        name = connection.dialect.name
        if name not in self._compiled:
            self._compiled[name] = _Compiled(self._build(name == "sqlite"), connection.dialect)
        compiled = self._compiled[name]
        return connection.exec_driver_sql(compiled.text, compiled.parameters(values))


class _Compiled:
    def __init__(self, statement: UpdateBase, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self.text = str(compiled)
        self._order: list[str] | None = compiled.positiontup
        self._convert: dict[str, Convert] = {}
        for name, bind in compiled.binds.items():
            convert = bind.type.dialect_impl(dialect).bind_processor(dialect)
            if convert is not None:
                self._convert[name] = convert

    def parameters(self, values: Mapping[str, object]) -> Any:
        """As the driver wants them: by position, or by name."""
        given = {**values, **{name: convert(values[name]) for name, convert in self._convert.items()}}
        return given if self._order is None else tuple(given[name] for name in self._order)
