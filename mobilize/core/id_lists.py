"""Many ids as one bound value, so that a statement is built and prepared once, however many rows it is about."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, cast

from sqlalchemy import BigInteger, BindParameter, ColumnElement, Text, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute

from mobilize.core import db


def one_of(column: InstrumentedAttribute[int], values: Iterable[int]) -> ColumnElement[bool]:
    """Whether ``column`` is one of these ids."""
    sqlite = db.is_sqlite()
    return _among(column, bindparam(None, ids(values, sqlite=sqlite), type_=_type(sqlite)), sqlite)


def among(column: ColumnElement[int], name: str, *, sqlite: bool) -> ColumnElement[bool]:
    """Whether ``column`` is one of the ids bound as ``name`` (see ``ids``)."""
    return _among(column, bindparam(name, type_=_type(sqlite)), sqlite)


def _among(column: Any, bound: BindParameter[Any], sqlite: bool) -> ColumnElement[bool]:
    if sqlite:
        return cast(ColumnElement[bool], column.in_(select(func.json_each(bound).table_valued("value").c.value)))
    return cast(ColumnElement[bool], column == any_(bound))


def _type(sqlite: bool) -> Any:
    return Text() if sqlite else ARRAY(BigInteger())


def ids(values: Iterable[int], *, sqlite: bool) -> Any:
    """The value to bind: JSON on SQLite, an array on PostgreSQL."""
    return json.dumps(list(values)) if sqlite else list(values)
