"""How SQLite is opened here, and how its one writer's turn is waited for."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable

PATIENCE = 30
"""Seconds that a unit waits for another one that writes."""

_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    # What is deleted or overwritten is zeros in the file: an erased person is not found in its free space.
    "secure_delete=ON",
    f"busy_timeout={PATIENCE * 1000}",
    # 40 MB of log before its pages go into the database: a page that is written by every window goes there once.
    "wal_autocheckpoint=10000",
)
_FIRST_NAP, _LONGEST_NAP = 0.0001, 0.01


def prepare(connection: sqlite3.Connection) -> None:
    """Set a new connection up; transactions are begun by ``begin`` or in so many words."""
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def empty_log(connection: sqlite3.Connection) -> bool:
    """Bring the write-ahead log into the database and cut it to nothing, unless somebody reads or writes; if it was.

    Outside a transaction. The log holds earlier versions of the pages that were written.
    """
    connection.execute("PRAGMA busy_timeout=100")
    try:
        busy, _frames, _moved = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise
        return False
    finally:
        connection.execute(f"PRAGMA busy_timeout={PATIENCE * 1000}")
    return not busy


def begin(connection: sqlite3.Connection, meanwhile: Callable[[], bool] = lambda: False) -> None:
    """Begin a writing transaction, waiting for whoever writes now.

    ``meanwhile`` does something small instead of a nap; whether there was anything to do.

    SQLite itself naps for up to 100 ms at a time (``sqlite3_busy_timeout``), and the unit that it waits for takes one
    or two: here the first naps are short.

    Raises:
        sqlite3.OperationalError: the other one has not ended for ``PATIENCE`` seconds.
    """
    until, nap = time.monotonic() + PATIENCE, _FIRST_NAP
    connection.execute("PRAGMA busy_timeout=0")
    try:
        while not _begun(connection, last_try=time.monotonic() > until):
            if meanwhile():
                continue
            time.sleep(nap)
            nap = min(nap * 1.1, _LONGEST_NAP)
    finally:
        connection.execute(f"PRAGMA busy_timeout={PATIENCE * 1000}")


def _begun(connection: sqlite3.Connection, *, last_try: bool) -> bool:
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        # The lowest eight bits name the error, the others say how it came about (a recovery, a snapshot).
        if last_try or error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        return False
    return True
