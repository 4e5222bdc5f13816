"""One demonstration is loaded a run; each test gets a copy of its own, with keys, database, pictures and passwords."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mobilize.core import crypto, db, limits, startup
from mobilize.core.settings import Settings, load
from mobilize.demo import service
from tests.conftest import create_database, drop_database


@pytest.fixture(scope="session")
def loaded(
    request: pytest.FixtureRequest, template: Settings, redis_socket: str, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    """An installation right after ``mobilize demo``."""
    folder = tmp_path_factory.mktemp("demonstration")
    shutil.copytree(template.keys_dir, folder / "keys")
    environ = {"MOBILIZE_DATA_DIR": str(folder), "MOBILIZE_REDIS_URL": f"unix://{redis_socket}"}
    if request.config.getoption("--database") == "postgresql":
        server = request.getfixturevalue("postgresql_server")
        environ["MOBILIZE_DATABASE_URL"] = create_database(server, "template_demonstration", "template_mobilize")
    else:
        shutil.copy(template.data_dir / "mobilize.db", folder / "mobilize.db")
    settings = load(environ)
    startup.connect(settings)
    service.load(settings)
    db.disconnect()
    crypto.use(None)
    return settings


@pytest.fixture
def demonstration(request: pytest.FixtureRequest, loaded: Settings, tmp_path: Path) -> Iterator[Settings]:
    """A loaded demonstration of this test's own, connected."""
    folder = tmp_path / "demonstration"
    shutil.copytree(loaded.data_dir, folder)
    url = f"sqlite:///{folder / 'mobilize.db'}"
    if request.config.getoption("--database") == "postgresql":
        server, name = request.getfixturevalue("postgresql_server"), f"demonstration_{os.urandom(6).hex()}"
        url = create_database(server, name, "template_demonstration").replace("postgresql://", "postgresql+psycopg://")
    settings = replace(loaded, data_dir=folder, database_url=url)
    startup.connect(settings)
    limits.forget()
    yield settings
    db.disconnect()
    crypto.use(None)
    if not url.startswith("sqlite"):
        drop_database(server, name)
