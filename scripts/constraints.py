"""Writes ``constraints.txt`` from this environment: ``make constraints``.

The exact version of everything that Mobilize and its development tools need, directly or not; no address of a registry.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

PATH = Path(__file__).resolve().parent.parent / "constraints.txt"
# They come with Python, each version of Python with its own.
INSTALLERS = ("pip", "setuptools")
HEAD = "# Exact versions, written by `make constraints`; the ranges that Mobilize accepts stand in pyproject.toml.\n"


def closure(name: str, extras: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Name and version of every installed distribution that ``name[extras]`` needs, itself left out."""
    waiting, seen = [(name, extras)], set()
    while waiting:
        one = waiting.pop()
        if one in seen:
            continue
        seen.add(one)
        try:
            found = distribution(one[0])
        except PackageNotFoundError:
            continue
        if one[0] not in {name, *INSTALLERS}:
            yield canonical(one[0]), found.version
        waiting += [(need.name, frozenset(need.extras)) for need in needs(found.requires or [], one[1])]


def needs(requirements: list[str], extras: frozenset[str]) -> Iterator[Requirement]:
    """The requirements that hold on this machine with these extras."""
    for requirement in map(Requirement, requirements):
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in extras | {""}):
            yield requirement


def canonical(name: str) -> str:
    """A project's name as registries compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    lines = sorted({f"{name}=={version}" for name, version in closure("mobilize", frozenset({"dev"}))})
    PATH.write_text(HEAD + "\n".join(lines) + "\n")
