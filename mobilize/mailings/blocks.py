"""The blocks a mailing is written in: one frozen dataclass a kind, read from untrusted JSON.

{"type": "button", "text": "Read it", "url": "https://…"} -> read_block -> Button(text=…, url=…) -> as_json
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from mobilize.core.errors import Refused
from mobilize.core.i18n import _
from mobilize.mailings.fields import Fields

MAX_BLOCKS = 200
MAX_ITEMS = 50
MAX_MARKDOWN = 20_000
MAX_QUOTE = 2_000


@dataclass(frozen=True, slots=True)
class Heading:
    text: str
    level: int = 2


@dataclass(frozen=True, slots=True)
class Text:
    """Markdown: CommonMark without raw HTML and pictures."""

    markdown: str


@dataclass(frozen=True, slots=True)
class Image:
    """``media`` is a name in ``media/``; ``alt`` is what a reader who cannot see the picture gets."""

    media: str
    alt: str
    caption: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Button:
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Quote:
    text: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class LinkItem:
    text: str
    url: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Links:
    items: tuple[LinkItem, ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Divider:
    pass


Block = Heading | Text | Image | Button | Quote | Links | Divider


def read_block(raw: object, at: str) -> Block:
    """A block from JSON; ``at`` is its place, such as ``languages.fr.blocks[3]``.

    Raises:
        Refused: names the field that is missing, wrong or unknown.
    """
    fields = Fields(raw, at)
    kind = fields.line("type", at_most=20, required=True)
    if kind not in _READERS:
        raise Refused(fields.place("type"), _("Use one of: %(allowed)s", allowed=", ".join(_READERS)))
    block = _READERS[kind](fields)
    fields.finish()
    return block


def as_json(block: Block) -> dict[str, Any]:
    """The block as a content file writes it; empty optional fields are left out."""
    values = {name: value for name, value in asdict(block).items() if value != ""}
    if isinstance(block, Links):
        values["items"] = [{name: value for name, value in item.items() if value != ""} for item in values["items"]]
    return {"type": kind_of(block), **values}


def kind_of(block: Block) -> str:
    """``"heading"``, ``"text"``, …"""
    return type(block).__name__.lower()


def urls_of(block: Block) -> Iterator[tuple[str, str]]:
    """Every address typed into a field of the block, with the field; links inside Markdown are not among them."""
    match block:
        case Image(url=url) | Button(url=url) if url:
            yield "url", url
        case Links(items=items):
            yield from ((f"items[{number}].url", item.url) for number, item in enumerate(items))


def texts_of(block: Block) -> Iterator[tuple[str, str]]:
    """Every text of the block that a reader sees, with its field."""
    for name, value in asdict(block).items():
        if isinstance(value, str) and name not in {"media", "url"}:
            yield name, value
    if isinstance(block, Links):
        for number, item in enumerate(block.items):
            yield f"items[{number}].text", item.text
            yield f"items[{number}].note", item.note


def _heading(fields: Fields) -> Heading:
    return Heading(fields.line("text", required=True), fields.whole_number("level", (2, 3)))


def _text(fields: Fields) -> Text:
    return Text(fields.text("markdown", at_most=MAX_MARKDOWN, required=True))


def _image(fields: Fields) -> Image:
    return Image(
        media=fields.line("media", required=True),
        alt=fields.line("alt", at_most=500, required=True),
        caption=fields.line("caption", at_most=500),
        url=fields.url("url"),
    )


def _button(fields: Fields) -> Button:
    return Button(fields.line("text", required=True), fields.url("url", required=True))


def _quote(fields: Fields) -> Quote:
    return Quote(fields.text("text", at_most=MAX_QUOTE, required=True), fields.line("by"))


def _links(fields: Fields) -> Links:
    items = tuple(_link_item(raw, at) for raw, at in fields.items("items", at_most=MAX_ITEMS))
    if not items:
        raise Refused(fields.place("items"), _("Fill this in"))
    return Links(items, fields.line("title"))


def _link_item(raw: object, at: str) -> LinkItem:
    fields = Fields(raw, at)
    item = LinkItem(
        fields.line("text", required=True), fields.url("url", required=True), fields.line("note", at_most=500)
    )
    fields.finish()
    return item


def _divider(_fields: Fields) -> Divider:
    return Divider()


_READERS: dict[str, Callable[[Fields], Block]] = {
    "heading": _heading,
    "text": _text,
    "image": _image,
    "button": _button,
    "quote": _quote,
    "links": _links,
    "divider": _divider,
}
