"""What stands in an order that staff change with buttons: speakers of a point, pictures of an event."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy import ColumnElement, func, select

from mobilize.core.db import session
from mobilize.events.models import EventPicture, Speaker

Ordered = TypeVar("Ordered", Speaker, EventPicture)


def positions(kind: type[Ordered], together: ColumnElement[bool]) -> tuple[int, int]:
    """How many there are of those ordered together, and the last position among them (0: none)."""
    found = session.execute(select(func.count(), func.max(kind.position)).where(together)).one()
    return found[0], found[1] or 0


def change_places(one: Ordered, together: ColumnElement[bool], *, up: bool) -> bool:
    """Let it change places with its neighbour; false at the end, where it stays."""
    kind = type(one)
    beyond = kind.position < one.position if up else kind.position > one.position
    order = kind.position.desc() if up else kind.position
    other = session.scalar(select(kind).where(together, beyond).order_by(order).limit(1))
    if other is None:
        return False
    one.position, other.position = other.position, one.position
    return True
