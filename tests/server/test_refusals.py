"""What keeps the service from starting is said in one line, and nothing on the machine was touched."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from mobilize.cli import main
from mobilize.core import crypto, db, keys
from mobilize.core.settings import Settings
from mobilize.server import lock
from tests.server.conftest import free_port

Up = Callable[..., Result]


@pytest.fixture
def up() -> Iterator[Up]:
    """``mobilize up`` in this process with settings of the test's own; every case here ends before anything starts."""

    def run(data_dir: Path, **more: str) -> Result:
        environ = {
            "MOBILIZE_DATA_DIR": str(data_dir),
            "MOBILIZE_BIND": f"127.0.0.1:{free_port()}",
            "MOBILIZE_INBOX_SMTP_PORT": str(free_port()),
            **{f"MOBILIZE_{name.upper()}": value for name, value in more.items()},
        }
        return CliRunner().invoke(main, ["up"], env=environ)

    yield run
    db.disconnect()
    crypto.use(None)


@pytest.fixture
def taken() -> Iterator[str]:
    """A port that somebody else listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield str(listener.getsockname()[1])


def test_a_web_port_in_use(up: Up, tmp_path: Path, taken: str) -> None:
    """The setting and the address are named; no folder was made."""
    result = up(tmp_path / "var", bind=f"127.0.0.1:{taken}")

    assert _error(result) == f"error: MOBILIZE_BIND: cannot listen on 127.0.0.1:{taken} (Address already in use)"
    assert not (tmp_path / "var").exists()


def test_an_inbox_port_in_use(up: Up, tmp_path: Path, taken: str) -> None:
    """The same for the port of the embedded mail server."""
    result = up(tmp_path / "var", inbox_smtp_port=taken)

    assert _error(result).startswith("error: MOBILIZE_INBOX_SMTP_PORT: cannot listen on ")
    assert not (tmp_path / "var").exists()


def test_the_port_for_returned_mail_in_use(up: Up, tmp_path: Path, taken: str) -> None:
    """The same for the receiver's."""
    result = up(tmp_path / "var", bounces=f"smtp://127.0.0.1:{taken}")

    assert _error(result).startswith("error: MOBILIZE_BOUNCES: cannot listen on ")
    assert not (tmp_path / "var").exists()


def test_an_address_of_another_machine(up: Up, tmp_path: Path) -> None:
    """A BIND that is not of this machine is said to be so."""
    assert _error(up(tmp_path / "var", bind="192.0.2.1:8000")).startswith("error: MOBILIZE_BIND: ")


@pytest.mark.parametrize("name", keys.FILES)
def test_a_missing_key(up: Up, settings: Settings, name: str) -> None:
    """The missing file is named, and no new one is made in its place."""
    (settings.keys_dir / name).unlink()
    before = _state(settings.data_dir)

    result = up(settings.data_dir, database_url=settings.database_url)

    assert name in _error(result)
    assert _state(settings.data_dir) == before


def test_a_database_from_a_newer_version(up: Up, settings: Settings) -> None:
    """A revision that this version does not know is left alone."""
    db.connect(settings.database_url)
    with db.writing():
        db.session.execute(text("UPDATE alembic_version SET version_num = 'of-tomorrow'"))
    db.disconnect()
    before = _state(settings.data_dir)

    result = up(settings.data_dir, database_url=settings.database_url)

    assert "newer version" in _error(result)
    assert _state(settings.data_dir) == before


def test_a_database_that_cannot_be_reached(up: Up, tmp_path: Path) -> None:
    """A server that is not there is named by its setting, not by a traceback."""
    nowhere = f"postgresql://127.0.0.1:{free_port()}/mobilize"

    assert _error(up(tmp_path / "var", database_url=nowhere)).startswith("error: MOBILIZE_DATABASE_URL: ")
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BIND", "8000"),
        ("BASE_URL", "news.example.org"),
        ("DATABASE_URL", "mysql://x"),
        ("REDIS_URL", "http://x"),
        ("WEB_THREADS", "many"),
        ("BOUNCES", "on"),
        ("BOUNCES", "lmtp://127.0.0.1"),
        ("BOUNCES", "lmtp://127.0.0.1:99999"),
        ("BOUNCES", "lmtp://127.0.0.1:2424/in"),
        ("BOUNCES", "http://127.0.0.1:2424"),
        ("LEAVE_DOMAIN", "localhost"),
    ],
)
def test_a_setting_that_cannot_be_used(up: Up, tmp_path: Path, name: str, value: str) -> None:
    """Its name comes first in the line."""
    assert _error(up(tmp_path / "var", **{name.lower(): value})).startswith(f"error: MOBILIZE_{name}: ")


def test_a_mail_server_that_cannot_be_used(up: Up, tmp_path: Path) -> None:
    """A mistyped address of the mail server is found before anything starts, and its password is not shown."""
    line = _error(up(tmp_path / "var", smtp_url="mail://user:secret@mail.example.org"))

    assert "SMTP_URL" in line
    assert "secret" not in line
    assert not (tmp_path / "var").exists()


def test_a_folder_that_is_in_use(up: Up, tmp_path: Path) -> None:
    """While one run holds the folder, another names its process; afterwards it is free."""
    run_dir = tmp_path / "var" / "run"
    with lock.holding(run_dir):
        before = _state(tmp_path)
        assert "in use by another mobilize up" in _error(up(tmp_path / "var"))
        assert _state(tmp_path) == before

    lock.refuse_if_running(run_dir)


def _error(result: Result) -> str:
    """The one line of a refusal."""
    assert result.exit_code == 1, result.output
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1, result.stderr
    return result.stderr.rstrip("\n")


def _state(folder: Path) -> list[tuple[str, bytes]]:
    """Every file of a folder with its content; SQLite's side files come and go with a reader."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.suffix not in {".db-wal", ".db-shm"}]
    return sorted((str(path), path.read_bytes()) for path in files)
