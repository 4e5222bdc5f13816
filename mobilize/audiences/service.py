"""What can be done with segments. Every verb checks what is asked, leaves an audit entry and commits nothing."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from mobilize.audiences.audience import Audience
from mobilize.audiences.compiling import people_of
from mobilize.audiences.models import Segment
from mobilize.audiences.segments import asking_now, looked_up, uses_of
from mobilize.audiences.trees import as_json, read_tree
from mobilize.core import audit, clock
from mobilize.core.db import session
from mobilize.core.errors import Conflict, Refused
from mobilize.core.i18n import _
from mobilize.core.text import required_line

MOST_SEGMENTS = 500


def create_segment(organisation_id: int, name: str, tree: object) -> Segment:
    """A segment of an organisation; ``tree`` is untrusted JSON.

    Raises:
        Refused: a tree that does not hold, or that names rows of another organisation; names the place.
    """
    others = _held(organisation_id)
    if len(others) >= MOST_SEGMENTS:
        raise Refused("name", _("Use at most %(count)d", count=MOST_SEGMENTS))
    now = clock.now()
    row = Segment(organisation_id=organisation_id, name="", tree={}, created_at=now, changed_at=now)
    row.name, row.tree = _name(name, others, row.uid), _checked(organisation_id, row.uid, tree)
    session.add(row)
    _trail(row, "segment.created")
    return row


def change_segment(row: Segment, name: str, tree: object) -> None:
    """Another name or other conditions: what is prepared for it gets the people of these.

    Raises:
        Refused: as ``create_segment``, and a segment that would contain itself.
    """
    others = _held(row.organisation_id)
    row.name, row.tree = _name(name, others, row.uid), _checked(row.organisation_id, row.uid, tree)
    row.changed_at = clock.now()
    _trail(row, "segment.changed")


def end_segment(row: Segment) -> None:
    """Delete a segment; what was sent to it still names it.

    Raises:
        Conflict: something that is not sent yet, or another segment, names it.
    """
    _held(row.organisation_id)
    uses = uses_of(row)
    if uses:
        raise Conflict(_("It is used by “%(name)s”", name=uses[0].name))
    row.ended_at = clock.now()
    _trail(row, "segment.deleted")


def require_segments(to_whom: Audience) -> None:
    """Hold the segments of an audience until the unit ends: none of them can be deleted meanwhile.

    Raises:
        Refused: one of them is not the organisation's, was deleted, or is both chosen and left out.
    """
    for field, ids in (("segments", to_whom.segments), ("without_segments", to_whom.without_segments)):
        if ids and _hold(to_whom.organisation_id, ids) != len(ids):
            raise Refused(field, _("Choose segments of this organisation"))
    if set(to_whom.segments) & set(to_whom.without_segments):
        raise Refused("without_segments", _("A segment cannot be both chosen and left out"))


def _hold(organisation_id: int, ids: tuple[int, ...]) -> int:
    """How many of these the organisation has now."""
    wanted = select(Segment.id).where(
        Segment.organisation_id == organisation_id, Segment.id.in_(ids), Segment.ended_at.is_(None)
    )
    return len(session.scalars(wanted.order_by(Segment.id).with_for_update(read=True)).all())


def _checked(organisation_id: int, uid: str, tree: object) -> dict[str, Any]:
    """The tree as it is stored, once all of it can be asked."""
    node = read_tree(tree)
    people_of(looked_up(organisation_id, node, frozenset({uid})), asking_now(organisation_id))
    return as_json(node)


def _held(organisation_id: int) -> list[Segment]:
    """All segments of an organisation, locked: two that name each other cannot be saved at once."""
    wanted = select(Segment).where(Segment.organisation_id == organisation_id, Segment.ended_at.is_(None))
    return list(session.scalars(wanted.order_by(Segment.id).with_for_update()))


def _name(name: str, others: list[Segment], uid: str) -> str:
    wanted = required_line("name", name, at_most=100)
    if any(row.name == wanted and row.uid != uid for row in others):
        raise Refused("name", _("Another segment has this name"))
    return wanted


def _trail(row: Segment, action: str) -> None:
    session.flush()
    audit.record(action, organisation_id=row.organisation_id, subject=f"segment:{row.uid}")
