"""Features join the house by one value each."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import fields
from importlib import import_module
from types import ModuleType

import click
import pytest

from mobilize.cli import OF_NO_FEATURE
from mobilize.core import feature
from mobilize.core.errors import MobilizeError
from mobilize.core.feature import Feature
from mobilize.features import FEATURES


def parts(one: Feature) -> list[str]:
    """Every ``"module:attribute"`` that a feature names."""
    values = [getattr(one, field.name) for field in fields(one)]
    values = [tuple(value.values()) if isinstance(value, Mapping) else value for value in values]
    flat = [item for value in values for item in (value if isinstance(value, tuple) else (value,))]
    named = [getattr(item, "part", item) for item in flat]
    return [part for part in named if isinstance(part, str) and ":" in part]


@pytest.mark.parametrize("one", FEATURES, ids=lambda one: one.name)
def test_every_part_that_a_feature_names_exists(one):
    """Parts are imported when they are needed: a misspelt one would be found by whoever needs it first."""
    assert [part for part in parts(one) if feature.load(part) is None] == []
    if one.models:
        assert isinstance(import_module(one.models), ModuleType)


def test_two_features_of_one_name_are_refused():
    """Catalogues, templates and tests are found by the name."""
    try:
        with pytest.raises(MobilizeError, match="twice"):
            feature.use([Feature("twice"), Feature("once"), Feature("twice")])
    finally:
        feature.use(FEATURES)


def test_help_imports_no_command():
    """``mobilize --help`` answers at once: neither Flask nor Celery nor SQLAlchemy is loaded for it."""
    script = """
import sys
from mobilize.cli import main
try:
    main(["--help"])
except SystemExit:
    print(sorted({"flask", "celery", "sqlalchemy", "redis"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    shown, imported = done.stdout.rstrip().rsplit("\n", 1)
    assert imported == "[]"
    assert all(f"  {one.name} " in shown for one in OF_NO_FEATURE)


@pytest.mark.parametrize(
    "one", [*OF_NO_FEATURE, *(two for one in FEATURES for two in one.commands)], ids=lambda one: one.name
)
def test_a_command_answers_to_its_name(one):
    """The name by which it is found is its own, so that its usage line says it."""
    command = feature.load(one.part)
    assert isinstance(command, click.Command)
    assert command.name == one.name
