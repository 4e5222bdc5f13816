"""The next claim is made while the last is being sent, where somebody else does the work: a PostgreSQL server.

begin ─► a thread claims on a connection of its own ─► take
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from types import TracebackType
from typing import Generic, TypeVar

from sqlalchemy import Connection

MadeT = TypeVar("MadeT")


class Ahead(Generic[MadeT]):
    """Calls ``make`` with a connection, or ahead of time with one ``beside`` it; use as a context manager.

    ``give_back`` gets what was made and never taken. SQLite would only wait for its own lock: there nothing is ahead.
    """

    def __init__(
        self,
        connection: Connection,
        beside: Callable[[], Connection],
        make: Callable[[Connection], MadeT | None],
        give_back: Callable[[Connection, MadeT], None],
    ) -> None:
        self._connection, self._open_beside, self._make, self._give_back = connection, beside, make, give_back
        self._beside: Connection | None = None
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="claim")
        self._begun: Future[MadeT | None] | None = None

    def __enter__(self) -> Ahead[MadeT]:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._threads, self._beside or nullcontext():
            if self._begun is not None and self._begun.exception() is None and (made := self.take()) is not None:
                self._give_back(self._connection, made)

    def begin(self) -> None:
        """Let the next be made, unless it is."""
        if self._begun is None and self._connection.dialect.name != "sqlite":
            self._begun = self._threads.submit(self._made_beside)

    def take(self) -> MadeT | None:
        """The next, or none; waits for it.

        Raises:
            Exception: what ``make`` raised.
        """
        begun, self._begun = self._begun, None
        return self._make(self._connection) if begun is None else begun.result()

    def _made_beside(self) -> MadeT | None:
        if self._beside is None:
            self._beside = self._open_beside()
        return self._make(self._beside)
