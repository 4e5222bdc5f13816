"""A kind of block that a mailing can be written in: one file a kind, of whatever feature.

They are names of ``core.feature``, which a feature imports them from.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any


def _none() -> Mapping[str, int]:
    return MappingProxyType({})


@dataclass(frozen=True)
class Freezing:
    """For whom and when a block is frozen: at a launch, or now for a preview.

    ``to_group`` is the anchored group that the mailing goes to and nobody else, such as ``event:<uid>:online``; empty
    where it goes to lists.
    """

    organisation_id: int
    language: str
    now: datetime
    to_group: str = ""


@dataclass(frozen=True)
class Frozen:
    """A block as it is sent: plain template fields, named as ``delivery.composing.blocks`` reads them.

    ``live`` names what they were taken from, with its version (``{"event:<uid>": 3}``): when that changes, what still
    waits is frozen anew.
    """

    fields: Mapping[str, Any]
    live: Mapping[str, int] = field(default_factory=_none)


def _nothing(_block: Any) -> Iterator[tuple[str, str]]:
    return iter(())


@dataclass(frozen=True, eq=False)
class BlockKind:
    """One kind of block that a mailing can be written in, shown by ``email_templates/blocks/<name>.mjml`` and ``.txt``.

    ``read`` makes a block, a frozen dataclass with the class variable ``kind``, of ``core.json_fields.Fields``;
    ``form`` is the WTForms form of the same fields, and ``offer(form, organisation_id)`` fills in what they offer;
    ``freeze`` gives what is sent; ``urls`` and ``pictures`` yield a block's addresses and pictures with their fields.
    ``merge_fields`` are those that a mailing's texts may use because of such a block: ``when``, the moment that a block
    freezes as ``moment``.
    """

    name: str
    label: object
    icon: str
    read: Callable[[Any], Any]
    form: type[Any]
    freeze: Callable[[Any, Freezing], Frozen]
    urls: Callable[[Any], Iterator[tuple[str, str]]] = _nothing
    pictures: Callable[[Any], Iterator[tuple[str, str]]] = _nothing
    offer: Callable[[Any, int], None] | None = None
    merge_fields: Collection[str] = ()
