"""A list of links, each with a note."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from wtforms import FieldList, Form, FormField, StringField

from mobilize.core.errors import Refused
from mobilize.core.feature import BlockKind
from mobilize.core.i18n import LEFT_TO_RIGHT, _, lazy
from mobilize.core.json_fields import Fields
from mobilize.mailings.blocks import as_typed

MAX_ITEMS = 50


@dataclass(frozen=True, slots=True)
class LinkItem:
    text: str
    url: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Links:
    kind: ClassVar[str] = "links"
    items: tuple[LinkItem, ...]
    title: str = ""


class LinkForm(Form):
    text = StringField(lazy("Link text"))
    url = StringField(lazy("Link"), render_kw=LEFT_TO_RIGHT)
    note = StringField(lazy("Note"))


class LinksForm(Form):
    title = StringField(lazy("Title of the list"))
    items = FieldList(FormField(LinkForm), max_entries=MAX_ITEMS)


def read(fields: Fields) -> Links:
    items = tuple(_read_item(raw, at) for raw, at in fields.items("items", at_most=MAX_ITEMS))
    if not items:
        raise Refused(fields.place("items"), _("Fill this in"))
    return Links(items, fields.line("title"))


def urls(block: Links) -> Iterator[tuple[str, str]]:
    yield from ((f"items[{number}].url", item.url) for number, item in enumerate(block.items))


def _read_item(raw: object, at: str) -> LinkItem:
    fields = Fields(raw, at)
    item = LinkItem(
        fields.line("text", required=True), fields.url("url", required=True), fields.line("note", at_most=500)
    )
    fields.finish()
    return item


KIND = BlockKind("links", lazy("List of links"), "list", read, LinksForm, as_typed, urls)
