"""Fetch the pinned browser scripts through npm and note licence and hash: ``make vendor``.

Nothing at run time or install time needs this; the files are part of the repository. To move to a new version, change
``PARTS`` and run it; a file whose hash changes under the same version is refused.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Part:
    """One file of one npm package, and the folder it is kept in."""

    package: str
    version: str
    source: str
    licence: str
    folder: str

    @property
    def name(self) -> str:
        return Path(self.source).name


PARTS = (
    Part("htmx.org", "2.0.11", "dist/htmx.min.js", "0BSD", "mobilize/static/vendor"),
    Part("axe-core", "4.14.1", "axe.min.js", "MPL-2.0", "tests/browser/vendor"),
)


def main() -> None:
    """Renew every part and the ``VENDOR.json`` beside it."""
    for part in PARTS:
        folder = ROOT / part.folder
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as scratch:
            package = _unpacked(part, Path(scratch))
            _refuse_changed(part, folder, package / part.source)
            shutil.copyfile(package / part.source, folder / part.name)
            shutil.copyfile(package / "LICENSE", folder / f"{part.name}.LICENSE")
        (folder / "VENDOR.json").write_text(json.dumps([_entry(part, folder)], indent=2) + "\n")


def _unpacked(part: Part, scratch: Path) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("npm is needed to renew vendored files")
    command = [npm, "pack", "--silent", f"{part.package}@{part.version}"]
    subprocess.run(command, cwd=scratch, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - a fixed command
    with tarfile.open(next(scratch.glob("*.tgz"))) as archive:
        archive.extractall(scratch, filter="data")
    return scratch / "package"


def _refuse_changed(part: Part, folder: Path, fresh: Path) -> None:
    known = folder / "VENDOR.json"
    for entry in json.loads(known.read_text()) if known.exists() else []:
        if entry["version"] == part.version and entry["sha256"] != _sha256(fresh):
            raise SystemExit(f"{part.package} {part.version} is not the file it was: nothing was changed")


def _entry(part: Part, folder: Path) -> dict[str, Any]:
    return {
        "file": part.name,
        "package": part.package,
        "version": part.version,
        "licence": part.licence,
        "sha256": _sha256(folder / part.name),
    }


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    main()
