"""Authors' blocks made ready for the templates: fields checked, merge fields marked, links and pictures resolved.

{"type": "text", "markdown": "Dear {{first_name}}"} -> {"html": …, "plain": …} -> blocks/text.mjml and .txt
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from mobilize.core.errors import Refused
from mobilize.core.i18n import _
from mobilize.delivery.composing import markdown
from mobilize.delivery.composing.slots import Marks

UrlFor = Callable[[str], str]
Fields = dict[str, Any]

_MEDIA = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}\Z")


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
            Refused: it is not an address of the web or of a mailbox.
        """
        url = self.marks.unmerge(str(value or "")).strip()
        if url and not markdown.is_link(url):
            raise Refused("url", _("Write a whole address, starting with https://"))
        address = markdown.literal_url(url)
        return address if not url or address.lower().startswith("mailto:") else self.link_for(address)

    def picture(self, value: object) -> str:
        """The address of a picture by its name in media/."""
        if not isinstance(value, str) or not _MEDIA.match(value):
            raise Refused("media", _("Choose a picture"))
        return self.media_url(value)


def prepare(block: Mapping[str, Any], author: Author) -> tuple[str, Fields]:
    """The kind of a block and its fields as the templates take them.

    Raises:
        Refused: names the field that is missing or wrong, or the unknown type.
    """
    kind = str(block.get("type", ""))
    if kind not in _PREPARE:
        raise Refused("type", _("There is no block of this kind"))
    return kind, _PREPARE[kind](block, author)


def plain_text(text: str) -> Fields:
    """The fields of a text block made of our own words: paragraphs parted by a blank line."""
    paragraphs = [part.strip() for part in text.strip().split("\n\n")]
    html = Markup("").join(Markup("<p>{}</p>").format(_with_breaks(part)) for part in paragraphs)
    return {"html": html, "plain": "\n\n".join(paragraphs)}


def _heading(block: Mapping[str, Any], author: Author) -> Fields:
    return {"text": _required(block, "text", author), "level": 3 if block.get("level") == 3 else 2}


def _text(block: Mapping[str, Any], author: Author) -> Fields:
    merged = author.marks.merge(str(block.get("markdown", "")))
    tokens = markdown.parse(merged, author.link)
    return {"html": markdown.to_html(tokens), "plain": markdown.to_text(tokens)}


def _image(block: Mapping[str, Any], author: Author) -> Fields:
    return {
        "src": author.picture(block.get("media")),
        "alt": author.line(block.get("alt")),
        "caption": author.line(block.get("caption")),
        "url": author.link(block.get("url")),
    }


def _button(block: Mapping[str, Any], author: Author) -> Fields:
    url = author.link(block.get("url"))
    if not url:
        raise Refused("url", _("Fill this in"))
    return {"text": _required(block, "text", author), "url": url}


def _quote(block: Mapping[str, Any], author: Author) -> Fields:
    text = author.paragraph(block.get("text"))
    if not text:
        raise Refused("text", _("Fill this in"))
    return {"text": text, "html": _with_breaks(text), "by": author.line(block.get("by"))}


def _links(block: Mapping[str, Any], author: Author) -> Fields:
    items = [_link_item(item, author) for item in block.get("items") or ()]
    return {"title": author.line(block.get("title")), "items": items}


def _link_item(item: Mapping[str, Any], author: Author) -> Fields:
    return {**_button(item, author), "note": author.line(item.get("note"))}


def _divider(block: Mapping[str, Any], author: Author) -> Fields:
    del block, author
    return {}


def _required(block: Mapping[str, Any], name: str, author: Author) -> str:
    text = author.line(block.get(name))
    if not text:
        raise Refused(name, _("Fill this in"))
    return text


def _with_breaks(text: str) -> Markup:
    return Markup("<br>").join(escape(line) for line in text.split("\n"))


_PREPARE: dict[str, Callable[[Mapping[str, Any], Author], Fields]] = {
    "heading": _heading,
    "text": _text,
    "image": _image,
    "button": _button,
    "quote": _quote,
    "links": _links,
    "divider": _divider,
}
