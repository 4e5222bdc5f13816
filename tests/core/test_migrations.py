"""The database's history fits the models."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from mobilize import bootstrap, migrations
from mobilize.core import db
from mobilize.core.errors import ConfigurationError
from mobilize.models import metadata


def test_the_newest_revision_has_exactly_the_models_tables(installation):
    """Alembic finds nothing to add, change or remove."""
    with db.engine().connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_a_database_of_a_newer_version_is_refused_and_untouched(installation):
    """An older program never opens what a newer one wrote."""
    with db.engine().begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'from the future'"))
    with pytest.raises(ConfigurationError, match="newer version"):
        bootstrap.prepare(installation)
    assert migrations.current_revision() == "from the future"


def test_missing_keys_for_an_existing_database_are_refused(installation):
    """New keys could open nothing: none are made."""
    (installation.keys_dir / "index.key").unlink()
    with pytest.raises(ConfigurationError, match="missing"):
        bootstrap.prepare(installation)
    assert not (installation.keys_dir / "index.key").exists()


def test_keys_of_another_installation_are_refused(installation):
    """The fingerprint in the database tells."""
    (installation.keys_dir / "index.key").write_text("ab" * 32)
    with pytest.raises(ConfigurationError, match="does not belong"):
        bootstrap.prepare(installation)
