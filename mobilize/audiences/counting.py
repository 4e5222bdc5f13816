"""Counting within a time: what takes longer is given up, so that a page can say "counting" and ask again later."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import DBAPIError

from mobilize.audiences.compiling import Ids
from mobilize.core import db

AT_ONCE, LATER = 1.0, 25.0
"""Seconds that a page waits for a number, and that the request for it alone may take."""
_CANCELLED = "57014"
_STEPS = 20_000
"""SQLite looks at the clock each time its virtual machine has taken so many steps: every few milliseconds."""


def count_within(people: Ids, seconds: float) -> int | None:
    """How many people these ids are, each once; None where it takes longer than so many seconds."""
    rows = rows_within(select(func.count()).select_from(select(people.subquery()).distinct().subquery()), seconds)
    return None if rows is None else int(rows[0][0])


def rows_within(statement: Any, seconds: float) -> Sequence[Any] | None:
    """What a statement finds, or None where it takes longer.

    On a connection of its own that only reads: SQLite's other writers do not wait for a page that counts.
    """
    with db.engine().execution_options(mobilize_writes=False).connect() as connection:
        try:
            with _limited(connection, seconds):
                return connection.execute(statement).all()
        except DBAPIError as error:
            if not _was_stopped(error):
                raise
            return None


@contextmanager
def _limited(connection: Connection, seconds: float) -> Iterator[None]:
    """The statements of the block are stopped after so many seconds."""
    if not db.is_sqlite():
        connection.execute(text(f"SET LOCAL statement_timeout = {max(1, round(seconds * 1000))}"))
        yield
        return
    driver = cast(Any, connection.connection.driver_connection)
    ends = time.monotonic() + seconds
    driver.set_progress_handler(lambda: int(time.monotonic() > ends), _STEPS)
    try:
        yield
    finally:
        driver.set_progress_handler(None, 0)


def _was_stopped(error: DBAPIError) -> bool:
    return getattr(error.orig, "sqlstate", None) == _CANCELLED or "interrupted" in str(error.orig)
