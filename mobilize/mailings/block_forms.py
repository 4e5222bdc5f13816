"""The blocks of one language as a form that needs no script: typed fields, and buttons that move, add and remove.

stored blocks -> opened -> Piece(kind, form) … -> page -> posted -> rearranged (a press) | written (saving) -> blocks
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import FieldList, Form

from mobilize.core.errors import Refused
from mobilize.mailings.blocks import MAX_BLOCKS, Block, as_json, block_kinds, read_block

BLANK_LINES = 2
"""Empty lines at the end of a block's list, to write the next ones into."""


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
    return _pieces([(block.kind, as_json(block)) for block in blocks])


def posted(values: MultiDict[str, str]) -> list[Piece]:
    """What was typed, in the order of the page; kinds that do not exist are dropped."""
    found = []
    for number in range(MAX_BLOCKS + 1):
        kind = values.get(f"b{number}-kind", "")
        if kind in block_kinds():
            found.append((kind, block_kinds()[kind].form(values, prefix=f"b{number}-").data))
    return _pieces(found)


def rearranged(pieces: Sequence[Piece], press: str) -> tuple[list[Piece], int]:
    """The page after a press of ``up:3``, ``down:3``, ``remove:3`` or ``add:text``, and the number of the block to
    stand at. Anything else leaves it as it is."""
    blocks = [(piece.kind, piece.values) for piece in pieces]
    verb, _colon, what = press.partition(":")
    if verb == "add" and what in block_kinds() and len(blocks) < MAX_BLOCKS:
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
    """Let every block with a picture choose among these; the one it has stays a choice."""
    offered = list(names)
    for piece in pieces:
        if "media" in piece.form:
            chosen = piece.form["media"].data
            kept = [chosen] if chosen and chosen not in offered else []
            piece.form["media"].choices = [(name, name) for name in (*kept, *offered)]


def offer_choices(pieces: Iterable[Piece], organisation_id: int) -> None:
    """Let each kind fill in what its own fields offer, such as the events of an organisation."""
    for piece in pieces:
        offer = block_kinds()[piece.kind].offer
        if offer:
            offer(piece.form, organisation_id)


def _pieces(blocks: Sequence[tuple[str, Mapping[str, Any]]]) -> list[Piece]:
    return [Piece(kind, _form(kind, number, values)) for number, (kind, values) in enumerate(blocks)]


def _form(kind: str, number: int, values: Mapping[str, Any]) -> Form:
    form: Form = block_kinds()[kind].form(prefix=f"b{number}-", data=values)
    rows = next((field for field in form if isinstance(field, FieldList)), None)
    if rows is None:
        return form
    items = [item for item in values.get(rows.short_name, ()) if any(item.values())]
    blank = min(BLANK_LINES, rows.max_entries - len(items))
    written_and_blank = [*items, *({} for _ in range(blank))]
    filled: Form = block_kinds()[kind].form(prefix=f"b{number}-", data={**values, rows.short_name: written_and_blank})
    return filled


def _filled(values: Mapping[str, Any]) -> dict[str, Any]:
    """What a content file would hold: no blank fields, no blank lines of a list."""
    filled = {name: value for name, value in values.items() if value not in (None, "")}
    if "items" in filled:
        filled["items"] = [item for item in map(_filled, filled["items"]) if item]
    return filled
