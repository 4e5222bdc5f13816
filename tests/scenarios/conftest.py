"""Each scenario is played once a database, over HTTP, Celery and SMTP; its tests judge what was seen."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from mobilize.core.settings import REHEARSAL_DATABASE
from mobilize.demo.play import Play, play
from tests.conftest import create_database, drop_database

SLOWEST = 280.0
"""Seconds: a machine that is busy with other tests must not fail this one."""


@pytest.fixture(scope="module")
def played(request: pytest.FixtureRequest) -> Callable[[str], Play]:
    """What was seen of a scenario that is played for this module."""

    def perform(name: str) -> Play:
        with database(request) as url:
            return play(name, print, database_url=url, within=SLOWEST)

    return perform


@contextmanager
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty database for one rehearsal on the server that is tested; empty for its own SQLite."""
    if request.config.getoption("--database") != "postgresql":
        yield ""
        return
    server, name = request.getfixturevalue("postgresql_server"), f"{REHEARSAL_DATABASE}{os.urandom(6).hex()}"
    yield create_database(server, name)
    drop_database(server, name)
