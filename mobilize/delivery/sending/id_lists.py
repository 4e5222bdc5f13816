"""Many ids as one bound value, so that a statement is built and prepared once, however many rows it is about."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Text, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY


def among(column: ColumnElement[int], name: str, *, sqlite: bool) -> ColumnElement[bool]:
    """Whether ``column`` is one of the ids bound as ``name`` (see ``ids``)."""
    if sqlite:
        return column.in_(select(func.json_each(bindparam(name, type_=Text())).table_valued("value").c.value))
    return column == any_(bindparam(name, type_=ARRAY(BigInteger())))


def ids(values: Iterable[int], *, sqlite: bool) -> Any:
    """The value to bind: JSON on SQLite, an array on PostgreSQL."""
    return json.dumps(list(values)) if sqlite else list(values)
