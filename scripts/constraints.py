"""Writes ``requirements.txt`` and ``requirements-dev.txt`` from this environment: ``make constraints``.

The exact version of everything that Mobilize (and its development tools) need, directly or not, with the hashes of all
files of that version on any platform; no address of a registry. ``pip install --require-hashes`` takes nothing else.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import InvalidSdistFilename, InvalidWheelFilename, parse_sdist_filename, parse_wheel_filename
from packaging.version import InvalidVersion, Version
from pip._internal.commands import create_command
from pip._internal.index.collector import parse_links
from pip._internal.models.link import Link

ROOT = Path(__file__).resolve().parent.parent
FILES = {"requirements.txt": frozenset[str](), "requirements-dev.txt": frozenset({"dev"})}
HEAD = "# Exact versions with hashes, written by `make constraints`; the ranges stand in pyproject.toml.\n"
PYTHONS = [{"python_version": f"3.{minor}", "python_full_version": f"3.{minor}.0"} for minor in range(11, 15)]
# It comes with Python, each version of Python with its own.
INSTALLER = "pip"
# What builds Mobilize itself: installed beside the rest, so that building it fetches nothing unseen.
BUILDER = "setuptools"


def closure(name: str, extras: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Name and version of everything that ``name[extras]`` needs, itself left out."""
    waiting, seen = [(name, extras), (BUILDER, frozenset[str]())], set()
    while waiting:
        one = waiting.pop()
        if one in seen:
            continue
        seen.add(one)
        try:
            found = distribution(one[0])
        except PackageNotFoundError:
            subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", one[0]], check=True)  # noqa: S603
            found = distribution(one[0])
        if one[0] not in {name, INSTALLER}:
            yield canonical(one[0]), found.version
        waiting += [(need.name, frozenset(need.extras)) for need in needs(found.requires or [], one[1])]


def needs(requirements: list[str], extras: frozenset[str]) -> Iterator[Requirement]:
    """The requirements that hold with these extras for any Python that Mobilize runs on, on this system."""
    for requirement in map(Requirement, requirements):
        marker = requirement.marker
        wanted = ({**python, "extra": extra} for python in PYTHONS for extra in extras | {""})
        if marker is None or any(marker.evaluate(environment) for environment in wanted):
            yield requirement


def canonical(name: str) -> str:
    """A project's name as registries compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def entries(pins: set[str]) -> Iterator[tuple[str, str]]:
    """Each exact version, and it as a requirement with the hashes that the registry states, asked for as pip does."""
    command = create_command("index")
    options, _arguments = command.parse_args(["versions", "any"])
    with command.main_context(), command._build_session(options) as session:
        collector = command._build_package_finder(options=options, session=session)._link_collector
        for pin in sorted(pins):
            name, version = pin.split("==")
            found = sorted(
                {link.hash for link in links(collector, name) if link.hash and is_of(link.filename, version)}
            )
            if not found:
                raise SystemExit(f"the registry states no hash for {pin}")
            yield pin, " \\\n    ".join([pin, *(f"--hash=sha256:{one}" for one in found)])


def links(collector: Any, name: str) -> Iterator[Link]:
    """Every file that the registry has of a project."""
    for place in collector.search_scope.get_index_urls_locations(name):
        page = collector.fetch_response(Link(place))
        if page is not None:
            yield from (link for link in parse_links(page) if link.hash_name == "sha256")


def is_of(filename: str, version: str) -> bool:
    """Whether a wheel or a source archive is of this version."""
    read = parse_wheel_filename if filename.endswith(".whl") else parse_sdist_filename
    try:
        return read(filename)[1] == Version(version)
    except (InvalidWheelFilename, InvalidSdistFilename, InvalidVersion):
        return False


if __name__ == "__main__":
    pins = {
        file: {f"{name}=={version}" for name, version in closure("mobilize", extras)} for file, extras in FILES.items()
    }
    found = dict(entries(set().union(*pins.values())))
    for file, wanted in pins.items():
        (ROOT / file).write_text(HEAD + "\n".join(found[pin] for pin in sorted(wanted)) + "\n")
