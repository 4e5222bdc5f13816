"""The house rules that no linter knows."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from mobilize.accounts.trail import NOT_TOLD
from mobilize.core import feature
from mobilize.features import FEATURES

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted([*ROOT.glob("mobilize/**/*.py"), *ROOT.glob("tasks/*.py"), ROOT / "celery_config.py"])
# Who begins or ends a transaction, and why. A new line here is a decision, not a formality.
TRANSACTIONS = {
    "mobilize/core/db.py": "the unit of work: one commit a request, a command, a step",
    "mobilize/migrations/__init__.py": "an upgrade is one transaction",
    "mobilize/delivery/sending/pipeline.py": "a claim, and what a drain leaves behind",
    "mobilize/delivery/sending/prepared.py": "a window's statements, sent to the driver at once",
    "mobilize/delivery/sending/windows.py": "a window is written before its mails are on the wire, and after",
    "mobilize/delivery/sending/worker.py": "what is read at a drain's start",
}
BEGINS = {"begin", "commit", "begin_twophase"}
# `begin` of something else than a database.
NO_TRANSACTION = {"mobilize/delivery/bounces/receiver.py"}


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


def test_transactions_begin_and_end_where_it_is_said():
    """Outside the unit of work and the delivery pipeline nobody commits: not by ``begin()`` either, which does."""
    found = {name(path) for path in SOURCES if BEGINS & set(calls(path))} - NO_TRANSACTION
    assert found == set(TRANSACTIONS)


ACTION = re.compile(r"[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*")


def recorders(tree: ast.AST) -> set[str]:
    """``record`` of ``core.audit``, and functions of the file that hand an action of their own on to it."""
    handing = {
        inner.name
        for inner in ast.walk(tree)
        if isinstance(inner, ast.FunctionDef)
        for call in ast.walk(inner)
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "audit.record"
        if isinstance(call.args[0], ast.Name)
    }
    return {"audit.record", *handing}


def recorded() -> Iterator[tuple[str, set[str]]]:
    """Every action that the activity log is told of, with the names of its facts."""
    for path in SOURCES:
        tree = ast.parse(path.read_text())
        known = recorders(tree)
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and ast.unparse(call.func) in known:
                words = [each.value for one in call.args for each in ast.walk(one) if isinstance(each, ast.Constant)]
                facts = {one.arg for one in call.keywords if one.arg} - {"organisation_id", "subject"}
                yield from ((str(word), facts) for word in words if ACTION.fullmatch(str(word)))


def test_every_recorded_action_has_words():
    """Nobody reads ``list.changed`` or ``fact:revoked`` in the activity log."""
    found = dict(recorded())
    told = {word for one in FEATURES if one.audit_words for word in feature.load(one.audit_words)}
    assert found.keys() >= {"list.changed", "person.changed", "organisation.key-retired", "mailing.paused"}
    assert sorted(found.keys() - told) == []
    assert sorted({f"fact:{name}" for facts in found.values() for name in facts - NOT_TOLD} - told) == []


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


def test_the_architecture_page_names_every_module():
    """A reader finds each folder and file of the top in the one picture of the house."""
    page = (ROOT / "docs/architecture.md").read_text()
    tops = {
        path.stem for path in (ROOT / "mobilize").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    missing = [
        top for top in sorted(tops - {"__init__", "__main__"}) if not re.search(rf"(mobilize/|\| ){top}\b", page)
    ]
    assert missing == []


def test_the_guide_shows_the_toy_feature_as_it_is():
    """What ``docs/adding-a-feature.md`` prints is the code that is tested."""
    printed = (ROOT / "docs/adding-a-feature.md").read_text()
    code = (ROOT / "tests/toy/feature.py").read_text().replace("tests.toy.commands", "mobilize.cli.fair")
    told = (
        code[code.index("FEATURE = ") :]
        .replace("tests.toy", "mobilize.fairs")
        .replace('    package="mobilize.fairs",\n', "")
    )
    assert told.strip() in printed


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
