"""The database's history, and the one way to bring a database up to date.

Migrations expand first and contract a release later, so that old workers go on while new ones start.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from mobilize.core import db
from mobilize.core.errors import ConfigurationError


def upgrade(revision: str = "head") -> None:
    """Bring the connected database to the newest revision, or to an older one in a test.

    Raises:
        ConfigurationError: the database was written by a newer version of Mobilize; nothing was touched.
    """
    config = _config()
    require_known_revision(config)
    with db.engine().execution_options(mobilize_writes=True).connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        connection.commit()


def current_revision() -> str | None:
    """The connected database's revision; ``None`` for an empty one."""
    with db.engine().execution_options(mobilize_writes=False).connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def require_known_revision(config: Config | None = None) -> None:
    """Refuse a database that a newer version wrote.

    Raises:
        ConfigurationError: its revision is not among ours.
    """
    revision = current_revision()
    known = {script.revision for script in ScriptDirectory.from_config(config or _config()).walk_revisions()}
    if revision is not None and revision not in known:
        raise ConfigurationError(
            "MOBILIZE_DATABASE_URL", "the database was written by a newer version of Mobilize; install that version"
        )


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config
