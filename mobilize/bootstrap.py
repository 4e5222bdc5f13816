"""First start and every later one: folders, keys and tables are brought in order, or nothing is touched.

A database without keys is refused: new keys could open nothing in it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import inspect, text
from sqlalchemy.exc import OperationalError

from mobilize.core import clock, crypto, db, feature, installation, keys, startup
from mobilize.core.errors import ConfigurationError
from mobilize.core.settings import Settings
from mobilize.organisations import installation as own_row
from mobilize.organisations.rules import derived_installation_sender


def prepare(settings: Settings) -> None:
    """Make what is missing on a new machine, and bring the database to the newest revision.

    Raises:
        ConfigurationError: keys missing for an existing database, keys of another installation, a database from a
            newer version, or one that cannot be reached.
    """
    startup.make_private()
    clock.rehearse(settings.rehearsal)
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    db.connect(settings.database_url)
    fresh = not _has_tables()
    if fresh and not keys.exist(settings):
        keys.make(settings)
    crypto.use(keys.load(settings))
    if _revision() != newest_revision():
        _migrations("upgrade")()
    with db.writing():
        installation.bind_keys()
    _erase_again(settings)
    own_row.keep(settings.sender or derived_installation_sender(settings.base_url))


def require_ready(settings: Settings) -> None:
    """Check what ``prepare`` would refuse, changing nothing.

    Raises:
        ConfigurationError: as ``prepare``.
    """
    if db_is_new(settings):
        return
    keys.load(settings)
    if _revision() != newest_revision():
        _migrations("require_known_revision")()


def db_is_new(settings: Settings) -> bool:
    """Whether the database holds no tables yet (for SQLite: whether its file exists)."""
    path = settings.database_url.removeprefix("sqlite:///")
    if settings.database_url.startswith("sqlite:///") and not settings.data_dir.joinpath(path).exists():
        return True
    db.connect(settings.database_url)
    return not _has_tables()


def newest_revision() -> str:
    """The newest revision of the tables that this version knows: its files are numbered."""
    versions = Path(__file__).parent / "migrations" / "versions"
    return max(path.name.partition("_")[0] for path in versions.glob("[0-9]*_*.py"))


def _revision() -> str | None:
    """The connected database's own, read without Alembic: importing that takes longer than most commands."""
    with db.engine().execution_options(mobilize_writes=False).connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return revision


def _erase_again(settings: Settings) -> None:
    """Erase once more whom an older copy of the database brought back; imported only where anybody ever was erased."""
    if (settings.keys_dir / "erased.list").exists():
        feature.load_models(feature.used())
        feature.load("mobilize.people.erasing:begin_again")(settings)


def _migrations(verb: str) -> Callable[[], None]:
    found: Callable[[], None] = feature.load(f"mobilize.migrations:{verb}")
    return found


def _has_tables() -> bool:
    try:
        return bool(inspect(db.engine()).get_table_names())
    except OperationalError as error:
        raise ConfigurationError("MOBILIZE_DATABASE_URL", "the database cannot be reached") from error
