"""The next claim is made ahead of its time, and what is never taken is given back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from mobilize.core import db
from mobilize.core.settings import Settings
from mobilize.delivery.sending.ahead import Ahead
from mobilize.delivery.sending.windows import connect


class Claims:
    """Makes what it is told to, in turn: a name, nothing, or an error."""

    def __init__(self, *makes: str | BaseException | None) -> None:
        self._makes = iter(makes)
        self.given_back: list[str] = []

    @contextmanager
    def ahead(self) -> Iterator[Ahead[str]]:
        give_back = self.given_back.append
        with connect() as own, Ahead(own, connect, self._make, lambda _connection, made: give_back(made)) as ahead:
            yield ahead

    def _make(self, _connection: object) -> str | None:
        made = next(self._makes)
        if isinstance(made, BaseException):
            raise made
        return made


def begun(ahead: Ahead[str]) -> None:
    """Begin, and do on SQLite what there is to do for it."""
    ahead.begin()
    assert ahead.work() == db.is_sqlite()
    assert not ahead.work()


@pytest.mark.usefixtures("installation")
def test_what_was_made_ahead_is_taken_once() -> None:
    claims = Claims("first", "second")
    with claims.ahead() as ahead:
        begun(ahead)
        assert [ahead.take(), ahead.take()] == ["first", "second"]
    assert claims.given_back == []


@pytest.mark.usefixtures("installation")
def test_what_nobody_takes_is_given_back() -> None:
    claims = Claims("first")
    with claims.ahead() as ahead:
        begun(ahead)
    assert claims.given_back == ["first"]


@pytest.mark.usefixtures("installation")
def test_that_there_was_nothing_earlier_is_no_answer() -> None:
    with Claims(None, "later").ahead() as ahead:
        begun(ahead)
        assert ahead.take() == "later"


@pytest.mark.usefixtures("installation")
def test_an_error_is_told_to_whoever_takes() -> None:
    with Claims(LookupError("no"), "later").ahead() as ahead:
        begun(ahead)
        with pytest.raises(LookupError):
            ahead.take()
        assert ahead.take() == "later"


def test_an_interrupted_claim_keeps_nobody_waiting(installation: Settings) -> None:
    """Ctrl-C in the middle of it ends the worker: there is no result that anyone could wait for."""
    if not db.is_sqlite():
        pytest.skip("on PostgreSQL a thread claims, and no signal reaches it")
    with Claims(KeyboardInterrupt()).ahead() as ahead:
        ahead.begin()
        with pytest.raises(KeyboardInterrupt):
            ahead.work()
