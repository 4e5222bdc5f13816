"""On which line of a file each address stands first, remembered outside memory."""

from __future__ import annotations

import sqlite3


class FirstLines:
    """Blind indexes with their lines, in a temporary database that SQLite deletes as soon as it has opened it.

    A dictionary of a million takes 160 MB; this takes 4 and leaves the rest to the file cache.
    """

    def __init__(self) -> None:
        self._rows = sqlite3.connect("", isolation_level=None)
        for statement in (
            "PRAGMA journal_mode=OFF",
            "PRAGMA cache_size=-4000",
            "CREATE TABLE lines (address BLOB PRIMARY KEY, line INTEGER) WITHOUT ROWID",
            "BEGIN",
        ):
            self._rows.execute(statement)

    def __enter__(self) -> FirstLines:
        return self

    def __exit__(self, *_error: object) -> None:
        self._rows.close()

    def earlier(self, index: bytes, line: int) -> int | None:
        """The line on which this address stands already; ``None`` for the first, which is remembered."""
        if self._rows.execute("INSERT OR IGNORE INTO lines VALUES (?, ?)", (index, line)).rowcount:
            return None
        found: int = self._rows.execute("SELECT line FROM lines WHERE address = ?", (index,)).fetchone()[0]
        return found
