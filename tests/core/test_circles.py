"""Two transactions that wait for each other: PostgreSQL ends one of them, and the request is run once more."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable

import pytest
from flask import Flask, g, request
from sqlalchemy import select, text, update
from sqlalchemy.exc import OperationalError

from mobilize.core import db, permissions
from mobilize.core.db import session
from mobilize.organisations.models import Organisation
from tests.factories import make_organisation

AT_MOST = 30
"""Seconds that one waits for the other; none is waited for in vain."""


class DeadlockDetected(Exception):
    """What the driver says of it."""

    sqlstate = "40P01"


def circle() -> OperationalError:
    return OperationalError("UPDATE", {}, DeadlockDetected())


def post(app: Flask, view: Callable[[], str], **data: object) -> tuple[int, str]:
    """The answer to a form that ``view`` handles."""
    app.add_url_rule("/circle", view_func=permissions.public(view), methods=["POST"])
    answer = app.test_client().post("/circle", data=data)
    return answer.status_code, answer.text


def names() -> list[str]:
    with db.reading():
        return list(session.scalars(select(Organisation.website).order_by(Organisation.id)))


def test_a_request_in_a_circle_is_run_again(app: Flask) -> None:
    """Nothing of the first run is left: neither its rows nor what it remembered; an upload is read afresh."""
    runs = []

    def view() -> str:
        runs.append((request.files["file"].read(), "found" in g))
        g.found = True
        make_organisation()
        session.flush()
        if len(runs) == 1:
            raise circle()
        return "done"

    before = len(names())
    assert post(app, view, file=(io.BytesIO(b"octets"), "people.csv")) == (200, "done")
    assert runs == [(b"octets", False)] * 2
    assert len(names()) == before + 1


def test_a_request_that_is_in_a_circle_twice_is_a_fault(app: Flask) -> None:
    """It is not run for ever."""
    runs = []

    def view() -> str:
        runs.append(1)
        raise circle()

    assert post(app, view)[0] == 500
    assert len(runs) == 2


def test_any_other_error_is_not_run_again(app: Flask) -> None:
    runs = []

    def view() -> str:
        runs.append(1)
        raise OperationalError("UPDATE", {}, Exception("the server closed the connection"))

    assert post(app, view)[0] == 500
    assert len(runs) == 1


def test_two_that_wait_for_each_other_both_succeed(app: Flask) -> None:
    """A real circle: the page holds one row and wants the other, which somebody holds who wants the first."""
    if db.is_sqlite():
        pytest.skip("SQLite has one writer at a time: nobody waits in a circle")
    with db.writing():
        mine, theirs = make_organisation().id, make_organisation().id
    held = {mine: threading.Event(), theirs: threading.Event()}

    def rename(organisation_id: int, name: str) -> None:
        session.execute(update(Organisation).where(Organisation.id == organisation_id).values(website=name))

    def view() -> str:
        session.execute(text("SET LOCAL deadlock_timeout = '10ms'"))  # so it is this one that PostgreSQL ends
        rename(mine, "page")
        held[mine].set()
        assert held[theirs].wait(AT_MOST)
        rename(theirs, "page")
        return "done"

    def somebody() -> None:
        with db.writing():
            rename(theirs, "somebody")
            held[theirs].set()
            assert held[mine].wait(AT_MOST)
            rename(mine, "somebody")

    other = threading.Thread(target=somebody)
    other.start()
    assert post(app, view) == (200, "done")
    other.join(AT_MOST)
    assert names()[-2:] == ["page", "page"]
