"""A segment's conditions as a tree: read from untrusted JSON, written again, and brought into the form that SQL takes.

{"all": [{"condition": "language", "facts": {…}}, {"not": {"segment": "<uid>"}}]} -> read_tree -> AllOf(…) -> as_json
                                                                                               -> pushed -> SQL
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from mobilize.core import feature
from mobilize.core.errors import Refused
from mobilize.core.feature import Condition
from mobilize.core.i18n import _
from mobilize.core.json_fields import Fields

MAX_DEPTH, MAX_NODES = 6, 60
"""Of one segment."""


@dataclass(frozen=True)
class Asked:
    """One condition with its facts."""

    condition: str
    facts: Any


@dataclass(frozen=True)
class Within:
    """Being in another segment; ``name`` and ``part`` are filled in where it was looked up."""

    segment: str
    name: str = ""
    part: Node | None = None


@dataclass(frozen=True)
class AllOf:
    parts: tuple[Node, ...]


@dataclass(frozen=True)
class AnyOf:
    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Not:
    part: Node


Node = Asked | Within | AllOf | AnyOf | Not


def kinds() -> Mapping[str, Condition]:
    """Every condition of the features in use, by name, in the order in which they are offered."""
    found = [feature.load(part) for one in feature.used() for part in one.conditions]
    return {one.name: one for one in found}


def read_tree(raw: object, at: str = "tree") -> Node:
    """A tree from JSON.

    Raises:
        Refused: too deep, too large, without conditions, or a condition that nobody knows; names the place.
    """
    node = _read(raw, at, MAX_DEPTH)
    if size(node) > MAX_NODES:
        raise Refused(at, _("Use at most %(count)d", count=MAX_NODES))
    return node


def as_json(node: Node) -> dict[str, Any]:
    """The tree as a row stores it."""
    match node:
        case Asked(condition, facts):
            return {"condition": condition, "facts": _plain_facts(facts)}
        case Within(uid):
            return {"segment": uid}
        case Not(part):
            return {"not": as_json(part)}
        case AllOf(parts):
            return {"all": [as_json(part) for part in parts]}
        case AnyOf(parts):
            return {"any": [as_json(part) for part in parts]}


def size(node: Node) -> int:
    """How many nodes it has, those of segments that were looked up too."""
    return 1 + sum(map(size, parts_of(node)))


def parts_of(node: Node) -> Sequence[Node]:
    """What a node is joined of."""
    match node:
        case AllOf(parts) | AnyOf(parts):
            return parts
        case Not(part):
            return (part,)
        case Within(part=part) if part is not None:
            return (part,)
    return ()


def named_segments(node: Node) -> frozenset[str]:
    """The uids of the segments that a tree names itself."""
    own = {node.segment} if isinstance(node, Within) else set()
    return frozenset(own.union(*map(named_segments, parts_of(node))))


def pushed(node: Node, *, is_not: bool = False) -> Node:
    """The same with ``not`` only at conditions (De Morgan), and every segment replaced by what it asks."""
    match node:
        case Asked():
            return Not(node) if is_not else node
        case Not(part):
            return pushed(part, is_not=not is_not)
        case Within(part=part):
            assert part is not None, "a segment that was not looked up"  # noqa: S101 - the caller's duty
            return pushed(part, is_not=is_not)
        case AllOf(parts) | AnyOf(parts):
            moved = tuple(pushed(part, is_not=is_not) for part in parts)
            return AllOf(moved) if isinstance(node, AllOf) is not is_not else AnyOf(moved)


def _read(raw: object, at: str, depth: int) -> Node:
    if depth == 0:
        raise Refused(at, _("Conditions can be joined %(count)d levels deep at most", count=MAX_DEPTH))
    fields = Fields(raw, at)
    name = next((one for one in ("all", "any", "not", "segment") if fields.value(one) is not None), "")
    found = _joined(fields, name, depth) if name else _condition(fields)
    fields.finish()
    return found


def _joined(fields: Fields, name: str, depth: int) -> Node:
    if name == "segment":
        return Within(fields.line(name, at_most=26, required=True))
    if name == "not":
        return Not(_read(fields.value(name), fields.place(name), depth - 1))
    parts = tuple(_read(item, place, depth - 1) for item, place in fields.items(name, at_most=MAX_NODES))
    if not parts:
        raise Refused(fields.place(name), _("Add at least one condition"))
    return AllOf(parts) if name == "all" else AnyOf(parts)


def _condition(fields: Fields) -> Asked:
    name = fields.line("condition", at_most=40, required=True)
    kind = kinds().get(name)
    if kind is None:
        raise Refused(fields.place("condition"), _("Use one of: %(allowed)s", allowed=", ".join(kinds())))
    facts = Fields(fields.value("facts"), fields.place("facts"))
    read = kind.read(facts)
    facts.finish()
    return Asked(name, read)


def _plain_facts(facts: Any) -> dict[str, Any]:
    """A condition's facts without those that are left out."""
    return {name: _plain(value) for name, value in asdict(facts).items() if value not in (None, "", ())}


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value
