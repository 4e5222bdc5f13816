"""Many ids as one bound value, so that a statement is built and prepared once, however many rows it is about."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any, cast

from sqlalchemy import (
    JSON,
    BigInteger,
    BindParameter,
    Column,
    ColumnElement,
    Select,
    Text,
    any_,
    bindparam,
    func,
    literal_column,
    select,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.sql.elements import SQLCoreOperations
from sqlalchemy.types import UserDefinedType

from mobilize.core import db

Packed = str
"""Ids in the form in which the database gives and takes them (see ``packed``)."""


class _IdArray(UserDefinedType[list[int]]):
    """``bigint[]``, written by ourselves: the driver would take every element through its own conversion."""

    cache_ok = True
    render_bind_cast = True

    def get_col_spec(self, **_options: Any) -> str:
        return "BIGINT[]"

    def bind_processor(self, _dialect: Any) -> Callable[[Any], str]:
        return lambda ids: ids if isinstance(ids, str) else f"{{{','.join(map(str, ids))}}}"


def one_of(column: SQLCoreOperations[int], values: Iterable[int] | Packed) -> ColumnElement[bool]:
    """Whether ``column`` is one of these ids."""
    sqlite = db.is_sqlite()
    bound = values if isinstance(values, str) else ids(values, sqlite=sqlite)
    return _among(column, bindparam(None, bound, type_=_type(sqlite)), sqlite)


def among(column: ColumnElement[int], name: str, *, sqlite: bool) -> ColumnElement[bool]:
    """Whether ``column`` is one of the ids bound as ``name`` (see ``ids``)."""
    return _among(column, bindparam(name, type_=_type(sqlite)), sqlite)


def packed(column: ColumnElement[int]) -> ColumnElement[Packed]:
    """All values of a column of ids, for ``one_of`` in a later statement: thousands, which nobody reads here."""
    if db.is_sqlite():
        return func.json_group_array(column, type_=Text())
    return func.coalesce(sql_cast(func.array_agg(column), Text()), literal_column("'{}'"))


def listed(column: Column[list[int]]) -> Select[int]:
    """Every id of a column that holds lists of ids as JSON."""
    each = func.json_each if db.is_sqlite() else func.json_array_elements_text
    value = each(column).table_valued("value", joins_implicitly=True).c.value
    return select(sql_cast(value, BigInteger)).select_from(column.table)


def gathered(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """All values of a column as one list, which costs less than as many rows; NULL or empty if there are none."""
    gather = func.json_group_array if db.is_sqlite() else func.json_agg
    return cast(ColumnElement[Any], gather(column, type_=JSON()))


def _among(column: Any, bound: BindParameter[Any], sqlite: bool) -> ColumnElement[bool]:
    if sqlite:
        return cast(ColumnElement[bool], column.in_(select(func.json_each(bound).table_valued("value").c.value)))
    return cast(ColumnElement[bool], column == any_(bound))


def _type(sqlite: bool) -> Any:
    return Text() if sqlite else _IdArray()


def ids(values: Iterable[int], *, sqlite: bool) -> Any:
    """The value to bind: JSON on SQLite, an array on PostgreSQL."""
    return json.dumps(list(values)) if sqlite else list(values)
