"""A mailing's words as typed values: what a content file holds, and what ``Mailing.content`` stores.

{"en": {"subject": …, "preheader": …, "blocks": […]}, "fr": …} -> read_languages -> {"en": Version, …} -> as_json
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mobilize.core.errors import Refused
from mobilize.core.i18n import _
from mobilize.core.json_fields import Fields
from mobilize.mailings.blocks import MAX_BLOCKS, Block, as_json, kind_of, read_block

MAX_LANGUAGES = 30
MAX_SUBJECT = 200
MAX_PREHEADER = 250
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?\Z")


@dataclass(frozen=True, slots=True)
class Version:
    """The mailing in one language."""

    subject: str
    preheader: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class SenderText:
    """Who a mailing says it is from. Without an address it is the organisation's usual one, without a name its name."""

    name: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class MailingText:
    """Everything a content file holds; at least one language, in the file's order."""

    name: str
    sender: SenderText
    languages: Mapping[str, Version]


def read_languages(raw: object, at: str = "languages") -> dict[str, Version]:
    """The versions of a mailing by language tag, in the order given.

    Raises:
        Refused: names the language, the block's number (the first is 0) and the field.
    """
    if not isinstance(raw, Mapping) or not raw:
        raise Refused(at, _("Write the mailing in at least one language"))
    if len(raw) > MAX_LANGUAGES:
        raise Refused(at, _("Use at most %(count)d", count=MAX_LANGUAGES))
    return {_language(tag, at): read_version(version, f"{at}.{tag}") for tag, version in raw.items()}


def read_version(raw: object, at: str) -> Version:
    """One language's version. An empty subject is kept: a draft may lack it, ``checks`` will not let it go out."""
    fields = Fields(raw, at)
    version = Version(
        subject=fields.line("subject", at_most=MAX_SUBJECT),
        preheader=fields.line("preheader", at_most=MAX_PREHEADER),
        blocks=tuple(read_block(block, place) for block, place in fields.items("blocks", at_most=MAX_BLOCKS)),
    )
    fields.finish()
    return version


def languages_as_json(languages: Mapping[str, Version]) -> dict[str, Any]:
    """The ``languages`` of a content file: ``read_languages`` gives the same versions back."""
    return {tag: version_as_json(version) for tag, version in languages.items()}


def version_as_json(version: Version) -> dict[str, Any]:
    return {
        "subject": version.subject,
        "preheader": version.preheader,
        "blocks": [as_json(block) for block in version.blocks],
    }


def placed_blocks(languages: Mapping[str, Version]) -> Iterator[tuple[str, int, Block]]:
    """Every block with its language and its number (the first is 0)."""
    for tag, version in languages.items():
        for number, block in enumerate(version.blocks):
            yield tag, number, block


def placed_pictures(languages: Mapping[str, Version]) -> Iterator[tuple[str, int, str, str]]:
    """Every picture in a block: language, number of the block, its field, the picture's name."""
    for tag, number, block in placed_blocks(languages):
        for name, picture in kind_of(block).pictures(block):
            yield tag, number, name, picture


def _language(tag: object, at: str) -> str:
    if not isinstance(tag, str) or not _LANGUAGE.match(tag):
        raise Refused(f"{at}.{str(tag)[:20]}", _("Use a language tag such as en, fr or nl-BE"))
    return tag
