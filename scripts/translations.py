"""Keeps the catalogues in ``mobilize/translations/<language>/<feature>.po`` in step with the words in the code.

    python scripts/translations.py update     add new words, drop those that are gone
    python scripts/translations.py missing    list what each language lacks, and what ``update`` would change; exit 1
                                              if anything

A message that two features use stands in the file of each, with the same translation. Messages are ordered by file and
place, so that two pieces of work change different lines.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path, PurePosixPath

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "mobilize" / "translations"
# Each language with the plural rule of its catalogues: GNU gettext's, whose order of forms is CLDR's.
LANGUAGES = {
    "fr": "nplurals=2; plural=(n > 1);",
    "nl": "nplurals=2; plural=(n != 1);",
    "ar": "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);",
}

METHODS = [
    ("mobilize/templates/**.html", "jinja2.ext:babel_extract"),
    ("mobilize/**.py", "python"),
    ("email_templates/**.mjml", "jinja2.ext:babel_extract"),
    ("email_templates/**.txt", "jinja2.ext:babel_extract"),
]
OPTIONS = {pattern: {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"} for pattern, _ in METHODS}
KEYWORDS = {"_": None, "gettext": None, "lazy": None, "ngettext": (1, 2), "plural_form": (1, 2)}

HEADER = r"""msgid ""
msgstr ""
"Project-Id-Version: Mobilize\n"
"Language: {language}\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"
"Plural-Forms: {plural_forms}\n"

"""

Key = str | tuple[str, ...]


def feature_of(file: str) -> str:
    """The feature that a source file (a POSIX path below the root) belongs to: the name of its catalogue."""
    parts = PurePosixPath(file).parts[1:]
    if parts[0] == "templates":
        parts = parts[1:]
    return parts[0] if len(parts) > 1 else "core"


@cache
def words() -> dict[str, Catalog]:
    """Every translatable message of each feature, with where it stands."""
    catalogues: dict[str, Catalog] = {}
    found = extract_from_dir(ROOT, METHODS, OPTIONS, KEYWORDS, ("Translators:",), directory_filter=_ours)
    for file, line, message, comments, context in found:
        catalogue = catalogues.setdefault(feature_of(file), Catalog(charset="utf-8"))
        catalogue.add(message, locations=[(file, line)], auto_comments=comments, context=context)
    return catalogues


def stored(language: str) -> dict[str, Catalog]:
    """The catalogues of one language as they stand, by feature."""
    return {path.stem: _read(path, language) for path in sorted((FOLDER / language).glob("*.po"))}


def update() -> None:
    """Bring every catalogue in step, keeping what is translated, in whichever feature's file it stood."""
    for language in LANGUAGES:
        wanted = _wanted(language)
        for path in (FOLDER / language).glob("*.po"):
            if path not in wanted:
                path.unlink()
        for path, content in wanted.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def out_of_step() -> Iterator[Path]:
    """The files that ``update`` would write or remove: words that are gone from the code, or another order."""
    for language in LANGUAGES:
        wanted = _wanted(language)
        there = {path: path.read_bytes() for path in (FOLDER / language).glob("*.po")}
        yield from sorted(path for path in wanted.keys() | there.keys() if wanted.get(path) != there.get(path))


def missing() -> Iterator[tuple[str, str, str]]:
    """Language, message, and what is wrong with it: untranslated, translated in two ways, placeholders that differ."""
    for language in LANGUAGES:
        current = stored(language)
        for feature, fresh in words().items():
            for message in fresh:
                if message.id:
                    found = current.get(feature, Catalog(locale=language))
                    yield from ((language, str(message.id), wrong) for wrong in _faults(found, message))
        for key, strings in _translated(current).items():
            if len(strings) > 1:
                yield language, str(key), "translated in two ways"


def _read(path: Path, language: str) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=language)


def _translated(catalogues: dict[str, Catalog]) -> dict[Key, list[Key]]:
    """Each message with its distinct translations over all features (more than one is a fault)."""
    found: dict[Key, list[Key]] = {}
    for catalogue in catalogues.values():
        for message in catalogue:
            if message.id and message.string:
                strings = found.setdefault(message.id, [])
                if message.string not in strings:
                    strings.append(message.string)
    return found


def _wanted(language: str) -> dict[Path, bytes]:
    """The files of a language as they should be."""
    known = {key: strings[0] for key, strings in _translated(stored(language)).items()}
    return {FOLDER / language / f"{feature}.po": _written(fresh, language, known) for feature, fresh in words().items()}


def _written(fresh: Catalog, language: str, known: dict[Key, Key]) -> bytes:
    catalogue = Catalog(locale=language)
    for message in fresh:
        if message.id:
            catalogue.add(message.id, known.get(message.id), message.locations, message.flags, message.auto_comments)
    buffer = BytesIO()
    buffer.write(HEADER.format(language=language, plural_forms=LANGUAGES[language]).encode())
    write_po(buffer, catalogue, width=0, include_lineno=False, omit_header=True, sort_by_file=True)
    return buffer.getvalue()


def _faults(current: Catalog, message: Message) -> Iterator[str]:
    found = current.get(message.id, message.context)
    if found is None or not found.string or not all(found.string if message.pluralizable else [found.string]):
        yield "not translated"
        return
    for error in found.check(current):
        yield str(error)


def _ours(folder: str) -> bool:
    return not Path(folder).name.startswith((".", "var", "node_modules"))


def main(command: str) -> int:
    if command == "update":
        update()
        return 0
    faults = list(missing())
    for language, word, wrong in faults:
        print(f"{language}: {wrong}: {word}")  # noqa: T201
    stale = list(out_of_step())
    for path in stale:
        print(f"{path.relative_to(ROOT)}: not as `make translations` writes it")  # noqa: T201
    return 1 if faults or stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "missing"))
