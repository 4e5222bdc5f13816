"""The blocks of one language as a form that needs no script: typed fields, and buttons that move, add and remove.

stored blocks -> opened -> Piece(kind, form) … -> page -> posted -> rearranged (a press) | written (saving) -> blocks
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import FieldList, Form, FormField, RadioField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired

from mobilize.core.errors import Refused
from mobilize.core.i18n import lazy
from mobilize.mailings.blocks import MAX_BLOCKS, MAX_ITEMS, Block, as_json, kind_of, read_block

BLANK_LINKS = 2
"""Empty lines at the end of a list of links, to write the next ones into."""

_REQUIRED = InputRequired()
_ADDRESS = lazy("A whole address, starting with https://")


class _Heading(Form):
    text = StringField(lazy("Heading"), [_REQUIRED])
    level = SelectField(
        lazy("Size"), coerce=int, choices=[SelectChoice(2, lazy("Large")), SelectChoice(3, lazy("Small"))]
    )


class _Text(Form):
    markdown = TextAreaField(
        lazy("Text"),
        [_REQUIRED],
        description=lazy(
            "An empty line begins a paragraph. **Two stars** make bold, [words](https://…) a link. "
            "{{first_name|friend}} becomes the reader's first name, or “friend”."
        ),
        render_kw={"rows": 7},
    )


class _Image(Form):
    media = RadioField(lazy("Picture"), [_REQUIRED], validate_choice=False)
    alt = StringField(
        lazy("In words"), [_REQUIRED], description=lazy("What the picture shows, for readers who cannot see it.")
    )
    caption = StringField(lazy("Caption"))
    url = StringField(lazy("Link of the picture"), description=_ADDRESS)


class _Button(Form):
    text = StringField(lazy("Words on the button"), [_REQUIRED])
    url = StringField(lazy("Where it leads"), [_REQUIRED], description=_ADDRESS)


class _Quote(Form):
    text = TextAreaField(lazy("Quote"), [_REQUIRED], render_kw={"rows": 4})
    by = StringField(lazy("Who said it"))


class _Link(Form):
    text = StringField(lazy("Words of the link"))
    url = StringField(lazy("Where it leads"))
    note = StringField(lazy("Note"))


class _Links(Form):
    title = StringField(lazy("Title of the list"))
    items = FieldList(FormField(_Link), max_entries=MAX_ITEMS)


class _Divider(Form):
    pass


_FORMS: dict[str, type[Form]] = {
    "heading": _Heading,
    "text": _Text,
    "image": _Image,
    "button": _Button,
    "quote": _Quote,
    "links": _Links,
    "divider": _Divider,
}
KINDS: dict[str, Any] = {
    "heading": lazy("Heading"),
    "text": lazy("Text"),
    "image": lazy("Picture"),
    "button": lazy("Button"),
    "quote": lazy("Quote"),
    "links": lazy("List of links"),
    "divider": lazy("Line across"),
}
"""What each kind of block is called, in the order in which they are offered."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One block on the page; the names of its fields begin with ``b<number>-``."""

    kind: str
    form: Form

    @property
    def values(self) -> dict[str, Any]:
        values: dict[str, Any] = self.form.data
        return values


def opened(blocks: Iterable[Block]) -> list[Piece]:
    """The form of blocks that are stored."""
    return _pieces([(kind_of(block), as_json(block)) for block in blocks])


def posted(values: MultiDict[str, str]) -> list[Piece]:
    """What was typed, in the order of the page; kinds that do not exist are dropped."""
    found = []
    for number in range(MAX_BLOCKS + 1):
        kind = values.get(f"b{number}-kind", "")
        if kind in _FORMS:
            found.append((kind, _FORMS[kind](values, prefix=f"b{number}-").data))
    return _pieces(found)


def rearranged(pieces: Sequence[Piece], press: str) -> tuple[list[Piece], int]:
    """The page after a press of ``up:3``, ``down:3``, ``remove:3`` or ``add:text``, and the number of the block to
    stand at. Anything else leaves it as it is."""
    blocks = [(piece.kind, piece.values) for piece in pieces]
    verb, _colon, what = press.partition(":")
    if verb == "add" and what in _FORMS and len(blocks) < MAX_BLOCKS:
        return _pieces([*blocks, (what, {})]), len(blocks)
    number = int(what) if what.isascii() and what.isdigit() and len(what) < 4 else len(blocks)
    if number >= len(blocks):
        return list(pieces), 0
    moved = blocks.pop(number)
    if verb == "remove":
        return _pieces(blocks), max(0, number - 1)
    to = {"up": max(0, number - 1), "down": min(len(blocks), number + 1)}.get(verb, number)
    blocks.insert(to, moved)
    return _pieces(blocks), to


def written(pieces: Sequence[Piece]) -> tuple[Block, ...] | None:
    """The blocks of the page; ``None`` after what is wrong was put beside its field."""
    blocks = []
    for number, piece in enumerate(pieces):
        try:
            blocks.append(read_block({**_filled(piece.values), "type": piece.kind}, f"blocks[{number}]"))
        except Refused as refusal:
            refuse(pieces, refusal)
    return None if any(piece.form.errors for piece in pieces) else tuple(blocks)


def refuse(pieces: Sequence[Piece], refusal: Refused) -> None:
    """Put a refusal beside its field; its place ends like ``blocks[3].alt`` or ``blocks[3].items[2].url``."""
    number, *names = refusal.field.rpartition("blocks[")[2].replace("[", ".").replace("]", "").split(".")
    field: Any = pieces[int(number)].form
    for name in names:
        field = field.entries[int(name)] if name.isdigit() else field[name]
        if isinstance(field, FieldList):
            field.errors = [refusal.message]
    if isinstance(field, FieldList):
        field = field.entries[0]["text"]
    field.errors = [*field.errors, refusal.message]


def offer_pictures(pieces: Iterable[Piece], names: Iterable[str]) -> None:
    """Let every picture block choose among these; the one it has stays a choice."""
    offered = list(names)
    for piece in pieces:
        if piece.kind == "image":
            chosen = piece.form["media"].data
            kept = [chosen] if chosen and chosen not in offered else []
            piece.form["media"].choices = [(name, name) for name in (*kept, *offered)]


def _pieces(blocks: Sequence[tuple[str, Mapping[str, Any]]]) -> list[Piece]:
    return [Piece(kind, _form(kind, number, values)) for number, (kind, values) in enumerate(blocks)]


def _form(kind: str, number: int, values: Mapping[str, Any]) -> Form:
    data = dict(values)
    if kind == "links":
        items = [item for item in data.get("items", ()) if any(item.values())]
        data["items"] = [*items, *({} for _ in range(min(BLANK_LINKS, MAX_ITEMS - len(items))))]
    return _FORMS[kind](prefix=f"b{number}-", data=data)


def _filled(values: Mapping[str, Any]) -> dict[str, Any]:
    """What a content file would hold: no blank fields, no blank lines of a list."""
    filled = {name: value for name, value in values.items() if value not in (None, "")}
    if "items" in filled:
        filled["items"] = [item for item in map(_filled, filled["items"]) if item]
    return filled
