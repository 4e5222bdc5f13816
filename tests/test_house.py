"""The house rules that no linter knows."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from mobilize.core import feature
from mobilize.features import FEATURES

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted([*ROOT.glob("mobilize/**/*.py"), *ROOT.glob("tasks/*.py"), ROOT / "celery_config.py"])
MAY_COMMIT = {
    "mobilize/core/db.py",
    "mobilize/migrations/__init__.py",
}


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def calls(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.func.attr


def test_mobilize_never_imports_tasks_or_the_celery_app():
    """Tasks are named as strings below, so that the web never loads a worker."""
    found = [
        (name(path), module)
        for path in SOURCES
        if name(path).startswith("mobilize/")
        for module in imports(path)
        if module.partition(".")[0] in {"tasks", "celery_config"}
    ]
    assert found == []


def test_celery_config_holds_no_logic():
    """It reads settings and builds the app: nothing of a feature is imported there."""
    allowed = ("mobilize.core", "celery", "kombu", "os", "__future__")
    assert [module for module in imports(ROOT / "celery_config.py") if not module.startswith(allowed)] == []


def test_commits_happen_in_one_place():
    """Outside the unit of work (and the delivery pipeline) nobody commits."""
    found = {name(path) for path in SOURCES if "commit" in set(calls(path))}
    assert {one for one in found if not one.startswith("mobilize/delivery/")} <= MAY_COMMIT


def test_the_engine_knows_no_kind_of_block():
    """A kind is one file of its feature, and two templates: the engine renders what the kind froze."""
    kinds = {feature.load(part).name for one in FEATURES for part in one.block_kinds} - {"text"}
    composing = [path for path in SOURCES if name(path).startswith("mobilize/delivery/composing/")]
    engine = [path for path in composing if path.name != "markdown.py"]  # Markdown has images and links of its own
    named = {
        (name(path), node.value)
        for path in engine
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and node.value in kinds
    }
    assert kinds >= {"heading", "image", "button"}
    assert named == set()


def test_imports_stand_at_the_top():
    """A local import hides a cycle."""
    found = [
        f"{name(path)}:{inner.lineno}"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert found == []


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_a_source_file_says_what_it_is_and_stays_readable(path):
    """Every file opens with a docstring and has at most 400 lines."""
    text = path.read_text()
    assert ast.get_docstring(ast.parse(text)) or "versions" in path.parts
    assert text.count("\n") <= 400 or "versions" in path.parts
