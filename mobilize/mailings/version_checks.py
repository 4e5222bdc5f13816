"""What a mailing's languages hold and lack, compared with the sample and with each other: pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mobilize.mailings.blocks import kind_of, texts_of
from mobilize.mailings.content import Version
from mobilize.mailings.sample_version import SAMPLE_LINK, sample_texts


@dataclass(frozen=True, slots=True)
class LookedAt:
    """What of one language was checked; ``language`` is a tag."""

    language: str
    blocks: int
    links: int
    pictures: int


def looked_at(languages: Mapping[str, Version]) -> list[LookedAt]:
    """For the page: how much there was to check in each language."""
    return [
        LookedAt(
            tag,
            len(version.blocks),
            sum(len(list(kind_of(block).urls(block))) for block in version.blocks),
            sum(len(list(kind_of(block).pictures(block))) for block in version.blocks),
        )
        for tag, version in languages.items()
    ]


def samples_left(version: Version) -> Iterator[tuple[int, str]]:
    """Sample texts and the sample link that nobody wrote over: the block's number (the first is 0) and the words.

    In any language: a version may have been begun as a copy of another one.
    """
    samples = sample_texts()
    for number, block in enumerate(version.blocks):
        for _field, text in texts_of(block):
            paragraphs = {part.strip() for part in text.split("\n\n")}
            yield from ((number, sample) for sample in sorted(samples & paragraphs))
        yield from ((number, url) for _field, url in kind_of(block).urls(block) if url == SAMPLE_LINK)


def first_difference(one: Version, other: Version) -> int | None:
    """The number of the first block that is of another kind in the other language, or is missing in one of them."""
    kinds, others = ([block.kind for block in version.blocks] for version in (one, other))
    if kinds == others:
        return None
    pairs = (number for number, (a, b) in enumerate(zip(kinds, others, strict=False)) if a != b)
    return next(pairs, min(len(kinds), len(others)))
