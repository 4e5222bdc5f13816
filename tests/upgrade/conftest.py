"""An installation that was upgraded from the stored older database, at the moment when it was stored."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from flask.testing import FlaskClient
from redis import Redis

from mobilize import bootstrap
from mobilize.app import create_app
from mobilize.core import crypto, db, limits, startup
from mobilize.core.settings import Settings, load
from tests.conftest import create_database, drop_database
from tests.upgrade.loading import STORED, load_older


@dataclass(frozen=True)
class Older:
    """What was written down beside the rows."""

    organisation: int
    lists: dict[str, int]
    people: dict[str, int]
    links: list[dict[str, str]]

    def paths(self, kind: str, to: str | None = None) -> list[str]:
        """The paths of one kind (``"/u/"``) in mail to somebody, or to anybody."""
        return [one["path"] for one in self.links if one.get("path", "").startswith(kind) and to in (None, one["to"])]

    def addresses(self, kind: str, to: str | None = None) -> list[str]:
        """The addresses of one kind (``leave``, ``return_path``)."""
        return [one[kind] for one in self.links if kind in one and to in (None, one["to"])]


@pytest.fixture(scope="session")
def older() -> Older:
    stored = json.loads((STORED / "links.json").read_text())
    return Older(**{name: stored[name] for name in ("organisation", "lists", "people", "links")})


@pytest.fixture
def settings(request: pytest.FixtureRequest, redis_socket: str, tmp_path: Path) -> Iterator[Settings]:
    """The older database with its keys, not yet upgraded."""
    Redis(unix_socket_path=redis_socket).flushall()
    shutil.copytree(STORED / "keys", tmp_path / "keys")
    environ = {"MOBILIZE_DATA_DIR": str(tmp_path), "MOBILIZE_REDIS_URL": f"unix://{redis_socket}"}
    on_postgresql = request.config.getoption("--database") == "postgresql"
    if on_postgresql:
        server, name = request.getfixturevalue("postgresql_server"), f"older_{os.urandom(6).hex()}"
        environ["MOBILIZE_DATABASE_URL"] = create_database(server, name)
    found = load(environ)
    load_older(found.database_url)
    yield found
    db.disconnect()
    if on_postgresql:
        drop_database(server, name)


@pytest.fixture
def upgraded(settings: Settings) -> Iterator[Settings]:
    """The same, brought up to date as ``mobilize up`` does, with the clock where it stood."""
    stored_at = datetime.fromisoformat(json.loads((STORED / "links.json").read_text())["now"])
    with time_machine.travel(stored_at + timedelta(minutes=1)):
        bootstrap.prepare(settings)
        startup.connect(settings)
        limits.forget()
        yield settings
        db.disconnect()
        crypto.use(None)


@pytest.fixture
def client(upgraded: Settings) -> FlaskClient:
    return create_app(upgraded).test_client()
