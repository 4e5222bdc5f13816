"""What is installed is what was pinned: exact versions, hashes of their files, and no registry named."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILES = ("requirements.txt", "requirements-dev.txt")
_PIN = re.compile(r"([a-z0-9-]+)==([^ ;]+)(?: ; [^\\]+)?(?: \\\n    --hash=sha256:[0-9a-f]{64})+")


def pins(file: str) -> dict[str, str]:
    return dict(_PIN.findall((ROOT / file).read_text()))


@pytest.mark.parametrize("file", FILES)
def test_every_line_is_a_pin_with_hashes(file: str) -> None:
    """No range, no address, no option that names a registry: pip would refuse or follow it."""
    rest = _PIN.sub("", (ROOT / file).read_text())
    assert [line for line in rest.splitlines() if line and not line.startswith("#")] == []
    assert "//" not in rest


def test_all_that_is_wanted_is_pinned() -> None:
    """A dependency in pyproject.toml without a pin would be taken from anywhere: run make constraints."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for file, wanted in (
        ("requirements.txt", project["dependencies"]),
        ("requirements-dev.txt", [*project["dependencies"], *project["optional-dependencies"]["dev"]]),
    ):
        names = {re.sub(r"[-_.]+", "-", re.split(r"[\[<>=~! ]", one)[0]).lower() for one in wanted}
        assert names <= pins(file).keys()


def test_what_runs_is_a_part_of_what_is_tested() -> None:
    """At the same versions, and these are installed here."""
    assert pins("requirements.txt").items() <= pins("requirements-dev.txt").items()
    assert {name: version(name) for name in pins("requirements-dev.txt")} == pins("requirements-dev.txt")
