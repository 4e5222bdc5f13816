"""What of an author's Markdown would arrive other than it was meant: pure, over one text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mobilize.core.i18n import _

_LINK_WITHOUT_ADDRESS = re.compile(
    r"(?<!!)\[[^\]\[]{1,200}\]\((?!https?://[^\s/)]|mailto:|tel:\+?[0-9(])([^)\s]{0,100})\)", re.IGNORECASE
)
# A title may follow the address in quotes (CommonMark, 6.3): its blank breaks no link.
_LINK_WITH_BLANK = re.compile(
    r"(?<!!)\[[^\]\[\n]{1,200}\]\(([a-z]{2,10}:[^\s()]{0,300}[ \t]+[^\s\"'()][^()\n]{0,300})\)"
)
_PICTURE = re.compile(r"!\[([^\]\n]{0,200})\]\([^)\n]{0,500}\)")
_FIELD_IN_LINK = re.compile(r"\]\(([^)\n]{0,300}\{\{[^)\n]{0,300})\)")
_FIELD_IN_ADDRESS = re.compile(r"(?<!\()(https?://[^\s()]{0,300}\{\{[^\s()]{0,300})", re.IGNORECASE)
_TABLE = re.compile(
    r"^[ \t]{0,3}\|?[^\n|]*\|[^\n]*\n[ \t]{0,3}\|?[ \t]*:?-{2,}:?[ \t]*(?:\|[ \t]*:?-{2,}|\|)", re.MULTILINE
)
_STARS_IN_WORD = re.compile(r"(?<!\w)\w+(?:\*\w+){2,}")
_UNENCRYPTED = re.compile(r"(?:\]\(|(?<![\w(]))(http://[^\s()<>]{1,300})", re.IGNORECASE)


def unencrypted_links(markdown: str) -> list[str]:
    """The addresses that begin with ``http://``, each once."""
    return list(dict.fromkeys(_UNENCRYPTED.findall(markdown)))


def text_warnings(markdown: str) -> Iterator[str]:
    """What to tell the author, a sentence for each kind and place."""
    for address in _LINK_WITHOUT_ADDRESS.findall(markdown):
        if "{{" not in address:
            yield _("The link to “%(address)s” has no whole address: it goes out as typed", address=address)
    for address in _LINK_WITH_BLANK.findall(markdown):
        if "{{" not in address:
            yield _("The link to “%(address)s” has a space in its address: write %%20 for it", address=address)
    for words in _PICTURE.findall(markdown):
        yield _("The picture “%(words)s” in the text is not shown: add a picture block", words=words)
    for address in (*_FIELD_IN_LINK.findall(markdown), *_FIELD_IN_ADDRESS.findall(markdown)):
        yield field_in_address(address)
    if _TABLE.search(markdown):
        yield _("Tables are not shown as tables: the lines go out as typed")
    for typed in _STARS_IN_WORD.findall(markdown):
        yield _("The stars in “%(typed)s” make italics and disappear: write × or a backslash before each", typed=typed)


def field_in_address(address: str) -> str:
    """What is said of a link whose address holds a merge field."""
    return _("The address “%(address)s” holds a field: fields are not filled in in addresses", address=address)
