"""A lock that dies with whoever claimed rows, so that a killed worker's rows wait for no lease.

owner: hold ─► claims name the lock ─► release        others: which claims' locks are free ─► dead owners

PostgreSQL: an advisory lock of a session of its own (it ends when the process does). SQLite: a locked file beside the
database (the kernel unlocks it). A worker that is only stopped keeps its lock: for it, there is the lease. Whoever is
wrongly held for dead sends nothing twice, since every later write names a claim that is gone.
"""

from __future__ import annotations

import fcntl
import os
import random
from collections.abc import Collection
from pathlib import Path
from types import TracebackType

import structlog
from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import SQLAlchemyError

from mobilize.core import db

log = structlog.get_logger(__name__)

CONFIRM = 1.5
"""Seconds for which a lock on PostgreSQL has to be seen free: its owner takes it anew after a broken connection."""

_HELD_ON_POSTGRESQL = text(
    "SELECT classid::bigint << 32 | objid::bigint FROM pg_locks"
    " WHERE locktype = 'advisory' AND granted AND objsubid = 1"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


class OwnerLock:
    """One owner's lock; use as a context manager. ``id`` is what its claims name."""

    def __init__(self) -> None:
        self.id = random.getrandbits(62)
        self._session: Connection | None = None
        self._file: int | None = None

    def __enter__(self) -> OwnerLock:
        if db.is_sqlite():
            self._file = _locked_file(_path(self.id))
        else:
            self._lock_session()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            _path(self.id).unlink(missing_ok=True)
            os.close(self._file)
        elif self._session is not None:
            self._unlock_session(self._session)

    def keep(self) -> None:
        """Look whether the session is still there, and lock anew if it is not; call it every second."""
        if self._file is not None:
            return
        try:
            if self._session is None:
                self._lock_session()
            else:
                self._session.execute(text("SELECT 1"))
        except SQLAlchemyError as failure:
            log.warning("lock.lost", error=type(failure).__name__)
            self._drop_session()

    def _lock_session(self) -> None:
        """In autocommit, or the server ends the session as one that rests within a transaction.

        Without waiting: after a broken connection the server may hold the lock for the former session a while longer.
        """
        session = db.engine().connect().execution_options(isolation_level="AUTOCOMMIT")
        if session.scalar(select(func.pg_try_advisory_lock(self.id))):
            self._session = session
        else:
            session.close()

    def _unlock_session(self, session: Connection) -> None:
        try:
            session.execute(select(func.pg_advisory_unlock(self.id)))
            session.close()
        except SQLAlchemyError:
            self._drop_session()

    def _drop_session(self) -> None:
        """Close the connection itself: given back to the pool, it might keep the lock."""
        session, self._session = self._session, None
        if session is not None:
            session.invalidate()
            session.close()


class DeadOwners:
    """Tells the claims of dead owners from others; remembers for how long it has seen a lock free."""

    def __init__(self) -> None:
        self._free_since: dict[int, float] = {}

    def among(self, locks: Collection[int], held: Collection[int], monotonic: float, confirm: float) -> set[int]:
        """Those of the locks that nobody has held for ``confirm`` seconds."""
        free = set(locks).difference(held)
        self._free_since = {one: self._free_since.get(one, monotonic) for one in free}
        return {one for one, since in self._free_since.items() if monotonic - since >= confirm}


def held_locks(connection: Connection, locks: Collection[int]) -> set[int]:
    """Those of the locks that somebody holds."""
    if connection.dialect.name == "sqlite":
        return {one for one in locks if _is_held(_path(one))}
    return set(locks).intersection(connection.execute(_HELD_ON_POSTGRESQL).scalars())


def confirmation() -> float:
    """Seconds for which a lock has to be free; the kernel's answer about a file needs no second look."""
    return 0.0 if db.is_sqlite() else CONFIRM


def _path(lock_id: int) -> Path:
    database = Path(db.engine().url.database or "")
    return database.with_name(f"{database.name}-owners") / f"{lock_id:x}"


def _locked_file(path: Path) -> int:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    return descriptor


def _is_held(path: Path) -> bool:
    """A file that is gone was unlocked; one that a dead owner left is removed."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        path.unlink(missing_ok=True)
        return False
    finally:
        os.close(descriptor)
