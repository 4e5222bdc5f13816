"""The import contracts see what they forbid: violations planted into a copy of the code are all named."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# An import that some contract forbids, and the file that it is planted into.
PLANTED = {
    "mobilize/core/clock.py": "mobilize.delivery.rules",
    "mobilize/delivery/rules.py": "mobilize.subscribers.rules",
    "mobilize/inbox/store.py": "mobilize.server.lock",
    "mobilize/mailings/models.py": "mobilize.features",
    "mobilize/tick.py": "mobilize.models",
    "mobilize/signup/words.py": "tasks.clock",
    "mobilize/media/queries.py": "mobilize.media.service",
    "mobilize/subscribers/rules.py": "mobilize.subscribers.queries",
    "mobilize/organisations/service.py": "mobilize.organisations.forms",
    "mobilize/mailings/studio_forms.py": "mobilize.mailings.sending_views",
}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for package in ("mobilize", "tasks"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__", "*.po"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def join(folder: Path) -> None:
    """Put the toy feature into the copy as one of the house's, with its command where commands are."""
    for path in (ROOT / "tests/toy").glob("*.py"):
        if path.name.startswith(("test_", "conftest")):
            continue
        text = (
            path.read_text().replace("tests.toy.commands", "mobilize.cli.fair").replace("tests.toy", "mobilize.fairs")
        )
        to = folder / ("mobilize/cli/fair.py" if path.name == "commands.py" else f"mobilize/fairs/{path.name}")
        to.parent.mkdir(exist_ok=True)
        to.write_text(text)
    line = "from mobilize.fairs import feature as fairs\n"
    add(folder / "mobilize/features.py", "from mobilize.inbox", line + "from mobilize.inbox")
    add(folder / "mobilize/features.py", "    mailings.FEATURE,\n", "    fairs.FEATURE,\n    mailings.FEATURE,\n")
    add(folder / "pyproject.toml", '  "mobilize.audiences",\n', '  "mobilize.audiences",\n  "mobilize.fairs",\n')


def add(path: Path, before: str, after: str) -> None:
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))


def checked(folder: Path) -> str:
    """What the import linter says about the code in ``folder``."""
    linter = Path(sys.executable).with_name("lint-imports")
    environ = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(folder)}
    done = subprocess.run([linter, "--no-cache"], cwd=folder, env=environ, capture_output=True, text=True, check=False)
    return done.stdout


def test_a_feature_joins_by_one_line_in_the_layers(copy: Path):
    """The toy feature keeps the contracts; from then on they keep others from importing it."""
    join(copy)
    said = checked(copy)
    assert "0 broken" in said, said
    path = copy / "mobilize/visitors/limits.py"
    path.write_text(f"{path.read_text()}\nimport mobilize.fairs.rules  # noqa\n")
    assert "mobilize.visitors.limits -> mobilize.fairs.rules" in checked(copy)


def test_a_planted_violation_of_each_contract_is_named(copy: Path):
    """Upwards, between siblings, around the registry, and against the order inside a feature."""
    for file, module in PLANTED.items():
        path = copy / file
        path.write_text(f"{path.read_text()}\nimport {module}  # noqa\n")
    said = checked(copy)
    importers = {file.removesuffix(".py").replace("/", "."): module for file, module in PLANTED.items()}
    missed = [one for one, module in importers.items() if f"{one} -> {module}" not in said]
    assert missed == []
    assert "0 broken" not in said
