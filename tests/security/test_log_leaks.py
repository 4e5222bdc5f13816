"""What goes wrong is written down without the people it went wrong for."""

from __future__ import annotations

import logging
import time

import pytest
from gunicorn.config import Config
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from mobilize.core import db
from mobilize.core.db import session
from mobilize.core.logs import scrub
from mobilize.core.settings import load
from mobilize.server import plan
from mobilize.server.web_log import WebLog


@pytest.mark.parametrize("line", ["x" * 1_000_000, "x@" * 300_000, "a " * 300_000, "/c/" * 200_000])
def test_a_long_line_is_scrubbed_in_no_time(line: str) -> None:
    """Whoever can bring a megabyte into an error must not stop the process that writes it down."""
    began = time.process_time()
    scrub(line)
    assert time.process_time() - began < 5


def test_an_address_is_found_in_the_middle_of_a_line() -> None:
    """Whatever stands around it."""
    assert scrub("to=<amina@example.org>, 'b.c@x.example.net';d@e") == "to=<[address]>, '[address]';[address]"


@pytest.mark.usefixtures("installation")
def test_a_database_error_shows_no_values() -> None:
    """A name has no at sign for the scrubber to find."""
    with db.reading(), pytest.raises(DBAPIError) as caught:
        session.execute(text("SELECT * FROM nowhere WHERE name = :name"), {"name": "Amina Benali"})
    assert "Amina" not in str(caught.value)


def test_the_web_server_writes_through_the_scrubber(caplog: pytest.LogCaptureFixture) -> None:
    """Its own handler would print the path of a failed request, token included."""
    command = plan.web(load({}), 3).command
    assert command[command.index("--logger-class") + 1] == f"{WebLog.__module__}.{WebLog.__name__}"
    log = WebLog(Config())
    assert log.error_log.handlers == log.access_log.handlers == []
    with caplog.at_level(logging.ERROR):
        log.error("Error handling request %s", "/c/token")
    assert "Error handling request" in caplog.text
