"""Commands import what they need and nothing of the web, of Celery or of Alembic."""

from __future__ import annotations

import subprocess
import sys

import pytest
from alembic.script import ScriptDirectory

from mobilize import bootstrap, migrations
from mobilize.cli import OF_NO_FEATURE
from mobilize.core.settings import Settings
from mobilize.features import FEATURES

HEAVY = ("flask", "celery", "kombu", "alembic", "openpyxl", "PIL", "limits")
LIGHT_COMMANDS = ("mailing", "org")

AFTER = "import sys, json; print('imported', *sorted({name.partition('.')[0] for name in sys.modules}))"


def imported_by(code: str) -> set[str]:
    """The packages that a fresh Python has imported after running some code."""
    found = subprocess.run([sys.executable, "-c", f"{code}\n{AFTER}"], capture_output=True, text=True, check=True)
    return set(found.stdout.splitlines()[-1].split()[1:])


def test_help_imports_next_to_nothing() -> None:
    """Not even the database."""
    code = "from mobilize.cli import main\nmain(['--help'], standalone_mode=False)"
    assert imported_by(code).isdisjoint((*HEAVY, "sqlalchemy", "redis"))


@pytest.mark.parametrize("name", LIGHT_COMMANDS)
def test_a_command_imports_no_heavy_library(name: str) -> None:
    """Named in one place, loaded when asked for, with every feature's tables, as when it opens the installation."""
    commands = {one.name: one.part for one in (*OF_NO_FEATURE, *(each for one in FEATURES for each in one.commands))}
    code = (
        "from mobilize.core import feature, startup, doorbell\nfrom mobilize import bootstrap\n"
        "from mobilize.features import FEATURES\n"
        f"feature.use(FEATURES); feature.load({commands[name]!r}); feature.load_models(FEATURES)"
    )
    assert imported_by(code).isdisjoint(HEAVY)


def test_the_newest_revision_is_known_without_alembic(installation: Settings) -> None:
    """By the numbers of the files; Alembic agrees, and so does the database of every test."""
    newest = ScriptDirectory.from_config(migrations._config()).get_current_head()
    assert bootstrap.newest_revision() == newest == bootstrap._revision()
