"""How the database would answer what is asked of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

from sqlalchemy import Connection, event

from mobilize.core import db


@contextmanager
def planning() -> Iterator[list[str]]:
    """The plans of what this process asks through SQLAlchemy within the block, made before each statement is run."""
    plans: list[str] = []
    explain = "EXPLAIN QUERY PLAN" if db.is_sqlite() else "EXPLAIN"

    def note(connection: Connection, _cursor: object, statement: str, parameters: object, *_rest: object) -> None:
        if statement.startswith(("SELECT", "UPDATE")):
            with closing(connection.connection.cursor()) as asked:
                asked.execute(f"{explain} {statement}", parameters)
                plans.append("\n".join(str(row[-1]) for row in asked.fetchall()))

    event.listen(db.engine(), "before_cursor_execute", note)
    try:
        yield plans
    finally:
        event.remove(db.engine(), "before_cursor_execute", note)
