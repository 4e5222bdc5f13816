"""The blocks a mailing is written in: of the kinds that features bring, read from untrusted JSON.

{"type": "button", "text": "Read it", "url": "https://…"} -> read_block -> Button(text=…, url=…) -> as_json
                                                                                              -> freeze -> what is sent
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import lru_cache
from typing import Any, ClassVar, Protocol

from mobilize.core import feature, links
from mobilize.core.errors import Refused
from mobilize.core.feature import BlockKind, Freezing, Frozen
from mobilize.core.i18n import _
from mobilize.core.json_fields import Fields

MAX_BLOCKS = 200


class Block(Protocol):
    """A frozen dataclass of a kind's fields."""

    kind: ClassVar[str]
    __dataclass_fields__: ClassVar[dict[str, Any]]


def block_kinds() -> Mapping[str, BlockKind]:
    """Every kind of the features in use, by name, in the order in which they are offered."""
    return _kinds_of(feature.used())


def kind_of(block: Block) -> BlockKind:
    return block_kinds()[block.kind]


def read_block(raw: object, at: str) -> Block:
    """A block from JSON; ``at`` is its place, such as ``languages.fr.blocks[3]``.

    Raises:
        Refused: names the field that is missing, wrong or unknown.
    """
    fields = Fields(raw, at)
    name = fields.line("type", at_most=40, required=True)
    kind = block_kinds().get(name)
    if kind is None:
        raise Refused(fields.place("type"), _("Use one of: %(allowed)s", allowed=", ".join(block_kinds())))
    block: Block = kind.read(fields)
    fields.finish()
    return block


def as_json(block: Block) -> dict[str, Any]:
    """The block as a content file writes it; empty optional fields are left out."""
    return {"type": block.kind, **_filled(asdict(block))}


def freeze(block: Block, around: Freezing) -> Frozen:
    """The block as it is sent, its type among its fields."""
    frozen = kind_of(block).freeze(block, around)
    return Frozen({"type": block.kind, **frozen.fields}, frozen.live)


def as_typed(block: Block, _around: Freezing) -> Frozen:
    """``BlockKind.freeze`` of what depends on nothing: as it was typed, with paths of ours as whole addresses."""
    return Frozen(_whole(_filled(asdict(block))))


def texts_of(block: Block) -> Iterator[tuple[str, str]]:
    """Every text of the block that a reader sees, with its field."""
    return _texts(asdict(block), "")


def _texts(values: Mapping[str, Any], before: str) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        if isinstance(value, str) and name not in {"media", "url"}:
            yield before + name, value
        elif isinstance(value, list | tuple):
            for number, item in enumerate(value):
                yield from _texts(item, f"{before}{name}[{number}].")


def _filled(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _item_filled(value) for name, value in values.items() if value != ""}


def _item_filled(value: Any) -> Any:
    return [_filled(item) for item in value] if isinstance(value, list | tuple) else value


def _whole(values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields with own-path links made absolute, also in items."""
    whole = dict(values)
    if str(whole.get("url", "")).startswith("/"):
        whole["url"] = links.absolute(whole["url"])
    if "items" in whole:
        whole["items"] = [_whole(item) for item in whole["items"]]
    return whole


@lru_cache(maxsize=4)
def _kinds_of(features: Sequence[feature.Feature]) -> Mapping[str, BlockKind]:
    """The highest feature first, so that headings and texts stand before what shows other features."""
    found = [feature.load(part) for one in reversed(features) for part in one.block_kinds]
    return {kind.name: kind for kind in found}
