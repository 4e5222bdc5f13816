"""The next claim is made while the last is being sent.

begin ─┬─► PostgreSQL: a thread claims on a connection of its own ─┬─► take
       └─► SQLite: `work` claims, while no server has answered ────┘
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from types import TracebackType
from typing import Generic, TypeVar

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

MadeT = TypeVar("MadeT")

log = structlog.get_logger(__name__)


class Ahead(Generic[MadeT]):
    """Calls ``make`` with a connection, or ahead of time with one ``beside`` it; use as a context manager.

    ``give_back`` gets what was made and never taken. On SQLite a second connection would only wait for the lock of the
    first, so there it is made with the first, by whoever has nothing else to do.
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
        self._wanted = False

    def __enter__(self) -> Ahead[MadeT]:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        begun = self._begun
        try:
            if begun is not None and begun.exception() is None and (made := begun.result()) is not None:
                self._give_back(self._connection, made)
        except SQLAlchemyError as failure:
            log.warning("delivery.not_given_back", error=type(failure).__name__)  # its lease ends
        finally:
            self._threads.shutdown()
            if self._beside is not None:
                self._beside.close()

    def begin(self) -> None:
        """Let the next be made, unless it is."""
        if self._connection.dialect.name == "sqlite":
            self._wanted = True
        elif self._begun is None:
            self._begun = self._threads.submit(copy_context().run, self._made_beside)

    def work(self) -> bool:
        """Make the next, if it was begun and nobody makes it beside; whether there was anything to do."""
        if not self._wanted or self._begun is not None:
            return False
        done: Future[MadeT | None] = Future()
        try:
            done.set_result(self._make(self._connection))
        except Exception as error:  # noqa: BLE001 - whoever takes it gets it
            done.set_exception(error)
        self._begun = done
        return True

    def take(self) -> MadeT | None:
        """The next, or none; waits for it. That there was none earlier is no answer: it is asked again.

        Raises:
            Exception: what ``make`` raised.
        """
        begun, self._begun, self._wanted = self._begun, None, False
        made = None if begun is None else begun.result()
        return self._make(self._connection) if made is None else made

    def _made_beside(self) -> MadeT | None:
        if self._beside is None:
            self._beside = self._open_beside()
        return self._make(self._beside)
