"""A segment's tree as SQL, in the two shapes that the databases are quick at.

people_of   the ids of everybody of whom it is true: for counting. Parts that hold are sets (IN, UNION ALL), parts that
            must not hold are anti-joins (NOT EXISTS).
matches     whether it is true of the person in one column: for a page of people, and for one person. Each condition is
            looked up by the person's id, so that the cost grows with the people who are asked about.

Every condition begins from the organisation, and so does the set of people of whom something is *not* true.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, exists, literal_column, or_, select, union_all

from mobilize.audiences.trees import AllOf, AnyOf, Asked, Node, Not, kinds, pushed
from mobilize.core.errors import Refused
from mobilize.core.feature import Asking
from mobilize.core.i18n import _
from mobilize.delivery.models import Recipient, RecipientKind

Ids = Select[int] | CompoundSelect[int]


def people_of(node: Node, asking: Asking) -> Ids:
    """The ids of the organisation's people of whom the tree is true, some of them more than once.

    Raises:
        Refused: it asks what cannot be asked (any more).
    """
    return _set(pushed(node), asking)


def matches(node: Node, person: ColumnElement[int], asking: Asking) -> ColumnElement[bool]:
    """Whether the tree is true of the person whose id is in this column.

    Raises:
        Refused: it asks what cannot be asked (any more).
    """
    return _probe(pushed(node), person, asking)


def everybody(organisation_id: int) -> Select[int]:
    """The ids of an organisation's people."""
    return select(Recipient.id).where(
        Recipient.organisation_id == organisation_id,
        Recipient.kind == RecipientKind.PERSON,
        Recipient.erased_at.is_(None),
    )


def _set(node: Node, asking: Asking) -> Ids:
    match node:
        case Asked():
            return _people(node, asking)
        case AnyOf(parts):
            return union_all(*(_set(part, asking) for part in _flat(parts)))
        case AllOf(parts):
            return _all(parts, asking)
    return _all((node,), asking)


def _flat(parts: tuple[Node, ...]) -> Iterator[Node]:
    """ "Any" within "any" is the same "any": SQLite takes no brackets in a compound select."""
    for part in parts:
        if isinstance(part, AnyOf):
            yield from _flat(part.parts)
        else:
            yield part


def _all(parts: tuple[Node, ...], asking: Asking) -> Select[int]:
    """One part that holds gives the people, the others narrow them; without such a part everybody is narrowed."""
    hold = [part for part in parts if not isinstance(part, Not)]
    people = (_set(hold[0], asking) if hold else everybody(asking.organisation_id)).subquery()
    person: Any = people.c[0]
    narrowed = [person.in_(_set(part, asking)) for part in hold[1:]]
    narrowed += [_probe(part, person, asking) for part in parts if isinstance(part, Not)]
    return select(person).where(*narrowed)


def _probe(node: Node, person: ColumnElement[int], asking: Asking) -> ColumnElement[bool]:
    match node:
        case Not(part):
            return ~_probe(part, person, asking)
        case AllOf(parts):
            return and_(*(_probe(part, person, asking) for part in parts))
        case AnyOf(parts):
            return or_(*(_probe(part, person, asking) for part in parts))
    # A subquery of its own: were the condition's table also the one that ``person`` is of, it would be correlated away.
    found = _people(cast(Asked, node), asking).subquery()
    return exists(select(literal_column("1")).select_from(found).where(found.c[0] == person))


def _people(asked: Asked, asking: Asking) -> Select[int]:
    kind = kinds().get(asked.condition)
    if kind is None:
        raise Refused("condition", _("Use one of: %(allowed)s", allowed=", ".join(kinds())))
    return cast(Select[int], kind.people(asked.facts, asking))
