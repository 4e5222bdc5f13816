"""Reading translations: loaded with the first words in a language that has any."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations


def merged(files: Sequence[Path], language: str) -> Translations:
    """The words of these catalogues, of which there is one at least, together."""
    first, *others = (_compiled(path, language) for path in files)
    for other in others:
        first.merge(other)
    return first


def _compiled(path: Path, language: str) -> Translations:
    """One ``.po`` file as gettext reads it, with the plural rule that its header gives."""
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return Translations(compiled)
