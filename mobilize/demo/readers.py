"""Made-up readers, the same at every run: first names in the organisation's languages, addresses under example.org."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from mobilize.demo.content import FOLDER, OrganisationSource

COUNT = 200


@dataclass(frozen=True)
class Reader:
    """A reader who does not exist; ``first_name`` may be blank, so that the fallback of a merge field shows."""

    address: str
    first_name: str
    language: str
    lists: tuple[str, ...]


def readers(source: OrganisationSource, count: int = COUNT) -> Iterator[Reader]:
    """``count`` readers of an organisation, each on its newsletter and, in turn, on its other lists."""
    names = json.loads((FOLDER / "names.json").read_text(encoding="utf-8"))
    for number in range(count):
        turn, place = divmod(number, len(source.languages))
        language = source.languages[place]
        shown, plain = names[language][turn % len(names[language])]
        yield Reader(
            address=f"{plain}.{number:03}@{source.slug}.example.org",
            first_name="" if turn % 8 == 7 else shown,
            language=language,
            lists=tuple(_lists_of(source, turn)),
        )


def _lists_of(source: OrganisationSource, turn: int) -> Iterator[str]:
    """Everyone reads the newsletter; every second, third and fourth reader of a language one list more."""
    for place, one in enumerate(source.lists):
        if turn % (place + 1) == 0:
            yield one.slug
