"""Keeps the catalogues in ``mobilize/translations`` in step with the words in the code.

    python scripts/translations.py update     add new words, drop those that are gone
    python scripts/translations.py missing    list what each language lacks; exit 1 if anything

The catalogues have no header: the plural forms of a language stand in the order of CLDR
(zero, one, two, few, many, other).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "mobilize" / "translations"
LANGUAGES = ("fr", "nl", "ar")

METHODS = [
    ("mobilize/templates/**.html", "jinja2.ext:babel_extract"),
    ("mobilize/**.py", "python"),
    ("email_templates/**.mjml", "jinja2.ext:babel_extract"),
    ("email_templates/**.txt", "jinja2.ext:babel_extract"),
]
OPTIONS = {pattern: {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"} for pattern, _ in METHODS}
KEYWORDS = {"_": None, "gettext": None, "lazy": None, "ngettext": (1, 2), "plural_form": (1, 2)}


def words() -> Catalog:
    """Every translatable word in the code and the templates, with where it stands."""
    catalogue = Catalog(project="Mobilize", charset="utf-8")
    found = extract_from_dir(ROOT, METHODS, OPTIONS, KEYWORDS, ("Translators:",), directory_filter=_ours)
    for file, _line, message, comments, context in found:
        catalogue.add(message, locations=[(file, 0)], auto_comments=comments, context=context)
    return catalogue


def catalogue(language: str) -> Catalog:
    """The catalogue of one language as it stands."""
    with path(language).open("rb") as file:
        return read_po(file, locale=language)


def path(language: str) -> Path:
    return FOLDER / language / "LC_MESSAGES" / "messages.po"


def update() -> None:
    """Bring every catalogue in step, keeping what is translated."""
    fresh = words()
    for language in LANGUAGES:
        current = catalogue(language) if path(language).exists() else Catalog(locale=language)
        current.update(fresh, no_fuzzy_matching=True)
        current.obsolete.clear()
        path(language).parent.mkdir(parents=True, exist_ok=True)
        buffer = BytesIO()
        write_po(buffer, current, width=0, include_lineno=False, omit_header=True, sort_output=True)
        path(language).write_bytes(buffer.getvalue())


def missing() -> Iterator[tuple[str, str, str]]:
    """Language, word, and what is wrong with it: untranslated, or placeholders that differ."""
    fresh = words()
    for language in LANGUAGES:
        current = catalogue(language)
        for message in fresh:
            if message.id:
                yield from ((language, str(message.id), wrong) for wrong in _faults(current, message))


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
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "missing"))
