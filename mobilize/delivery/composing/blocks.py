"""Frozen blocks made ready for their templates: merge fields marked, links and pictures resolved.

{"type": "text", "markdown": "Dear {{first_name}}"} -> {"html": …, "plain": …} -> blocks/text.mjml and .txt

Which kinds of block there are is not known here: a field's name says how its value is read.

moment          a moment (``moments.frozen``)     -> relative, its words for each copy
markdown        an author's Markdown                 -> html, plain
media           a picture by its name in media/      -> src
url, …_url      an address, counted where it is one  -> the address to put into the mail
items           a list of such fields
…_link          the reader's own link, see ``as_own_link`` -> …_url, made for each copy
…_sealed        an address sealed for its row, see ``as_sealed``: put in without being counted or stored anywhere
another text    with merge fields; may have lines
anything else   as it is
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from mobilize.core import crypto
from mobilize.core.errors import Refused
from mobilize.core.i18n import _
from mobilize.delivery.composing import markdown, moments
from mobilize.delivery.composing.slots import Marks, link_slot

UrlFor = Callable[[str], str]
Fields = dict[str, Any]

_MEDIA = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}\Z")
_KIND = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")


@dataclass(frozen=True, slots=True)
class Author:
    """How the texts of an author are read in one composition."""

    marks: Marks
    link_for: UrlFor
    media_url: UrlFor

    def line(self, value: object) -> str:
        """A text of one line, with marks."""
        return " ".join(self.paragraph(value).split())

    def paragraph(self, value: object) -> str:
        """A plain text that may have lines, with marks."""
        return self.marks.merge(markdown.clean(str(value or ""))).strip()

    def link(self, value: object) -> str:
        """The address to put into the mail for a typed one; "" stays "".

        Raises:
            Refused: it is not an address of the web, a mailbox or a telephone.
        """
        url = self.marks.unmerge(str(value or "")).strip()
        if url and not markdown.is_link(url):
            raise Refused("url", _("Write a whole address, starting with https://"))
        address = markdown.literal_url(url)
        return self.link_for(address) if url and markdown.is_counted(address) else address

    def moment(self, value: object) -> str:
        """A frozen moment in relative words at the start of a line, with a mark; "" where there is none."""
        return self.marks.mark(moments.slot(str(value), self.marks.language, at_start=True)) if value else ""

    def picture(self, value: object) -> str:
        """The address of a picture by its name in media/."""
        if not isinstance(value, str) or not _MEDIA.match(value):
            raise Refused("media", _("Choose a picture"))
        return self.media_url(value)


def prepare(block: Mapping[str, Any], author: Author) -> tuple[str, Fields]:
    """The kind of a block and its fields as the templates take them.

    Raises:
        Refused: names the field that is wrong, or the type of what is no block.
    """
    kind = block.get("type", "")
    if not isinstance(kind, str) or not _KIND.match(kind):
        raise Refused("type", _("There is no block of this kind"))
    return kind, _prepared({name: value for name, value in block.items() if name != "type"}, author)


def needed(name: str, value: object) -> object:
    """``value``, for the templates of blocks that are nothing without it.

    Raises:
        Refused: it is missing or blank.
    """
    if not value:
        raise Refused(name, _("Fill this in"))
    return value


def plain_text(text: str) -> Fields:
    """The fields of a text block made of our own words: paragraphs parted by a blank line."""
    paragraphs = [part.strip() for part in text.strip().split("\n\n")]
    html = Markup("").join(Markup("<p>{}</p>").format(with_breaks(part)) for part in paragraphs)
    return {"html": html, "plain": "\n\n".join(paragraphs)}


def with_breaks(text: str) -> Markup:
    """A text with its lines, as HTML."""
    return Markup("<br>").join(escape(line) for line in text.split("\n"))


def as_sealed(sealed: bytes, table: str, column: str, uid: str) -> dict[str, str]:
    """A sealed column of a row as a field of a frozen block: it is opened only when the mail is composed."""
    return {"sealed": base64.b64encode(sealed).decode("ascii"), "place": f"{table}|{column}|{uid}"}


def as_own_link(purpose: str, number: int) -> dict[str, Any]:
    """A link of each reader's own as a field of a frozen block: its token names them and the row with this id.

    ``purpose`` is the label of a ``core.tokens.Purpose`` without a lifetime.
    """
    return {"purpose": purpose, "id": number}


def own_links(blocks: Iterable[Mapping[str, Any]]) -> set[str]:
    """The slots of all links of the reader's own in frozen blocks."""
    found = (value for block in blocks for name, value in block.items() if name.endswith("_link"))
    return {link_slot(value["purpose"], value["id"]) for value in found}


def opened(field: Mapping[str, str]) -> str:
    """What ``as_sealed`` was given.

    Raises:
        Refused: our keys do not open it.
    """
    try:
        return crypto.unseal(base64.b64decode(field["sealed"]), field["place"].encode())
    except crypto.CannotOpen:
        raise Refused("type", _("This block shows what cannot be opened any more")) from None


def _prepared(block: Mapping[str, Any], author: Author) -> Fields:
    return {name: value for field, raw in block.items() for name, value in _read(field, raw, author)}


def _read(name: str, raw: Any, author: Author) -> Iterator[tuple[str, Any]]:
    if name == "markdown":
        tokens = markdown.parse(author.marks.merge(str(raw)), author.link)
        yield from {"html": markdown.to_html(tokens), "plain": markdown.to_text(tokens)}.items()
    elif name == "media":
        yield "src", author.picture(raw)
    elif name == "url" or name.endswith("_url"):
        yield name, author.link(raw)
    elif name.endswith("_link"):
        slot = link_slot(raw["purpose"], raw["id"])
        yield f"{name.removesuffix('_link')}_url", author.marks.mark(slot)
    elif name.endswith("_sealed"):
        yield name.removesuffix("_sealed"), opened(raw)
    elif name == "moment":
        yield "relative", author.moment(raw)
    elif name == "items":
        yield name, [_prepared(item, author) for item in raw or ()]
    else:
        yield name, author.paragraph(raw) if isinstance(raw, str) else raw
