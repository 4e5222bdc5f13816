"""Reads: an organisation's segments, with what they ask and in words."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import ColumnElement, Select, false, select

from mobilize.audiences.compiling import Ids, matches, people_of
from mobilize.audiences.models import Segment
from mobilize.audiences.trees import AllOf, AnyOf, Asked, Node, Not, Within, kinds, named_segments, read_tree, size
from mobilize.core import clock, feature
from mobilize.core.db import session
from mobilize.core.errors import NotFound, Refused
from mobilize.core.feature import Asking, AuditSubject, SegmentUse
from mobilize.core.i18n import _, show_list
from mobilize.core.id_lists import one_of

MAX_EXPANDED = 300
"""Nodes of a segment with those of every segment that it names."""


def segments(organisation_id: int) -> Sequence[Segment]:
    """Those of an organisation that were not deleted, by name."""
    wanted = _living(organisation_id).order_by(Segment.name, Segment.id)
    return session.scalars(wanted).all()


def segment(organisation_id: int, uid: str) -> Segment:
    """Raises NotFound: the organisation has no such segment, or it was deleted."""
    found = session.scalar(_living(organisation_id).where(Segment.uid == uid))
    if found is None:
        raise NotFound("segment")
    return found


def segments_by_id(organisation_id: int, ids: Collection[int]) -> list[Segment]:
    """Those of the organisation among these, deleted ones too, in the order of the ids."""
    wanted = select(Segment).where(Segment.organisation_id == organisation_id, one_of(Segment.id, ids))
    found = {row.id: row for row in session.scalars(wanted)} if ids else {}
    return [found[one] for one in ids if one in found]


def tree_of(row: Segment) -> Node:
    """What a segment asks, with the segments that it names looked up.

    Raises:
        Refused: one of them is gone or asks itself again, or all together ask too much.
    """
    return looked_up(row.organisation_id, read_tree(row.tree), frozenset({row.uid}))


def looked_up(organisation_id: int, node: Node, above: frozenset[str]) -> Node:
    """A tree with its segments looked up; ``above`` are those in which it stands.

    Raises:
        Refused: as ``tree_of``.
    """
    found = _looked_up(node, _Trees(organisation_id), above)
    if size(found) > MAX_EXPANDED:
        raise Refused("tree", _("With the segments it names, this segment asks too much"))
    return found


def people_in(row: Segment) -> Ids:
    """The ids of a segment's people, some more than once.

    Raises:
        Refused: it asks what cannot be asked (any more).
    """
    return people_of(tree_of(row), asking_now(row.organisation_id))


def asking_now(organisation_id: int) -> Asking:
    return Asking(organisation_id, clock.now())


def narrowing(
    organisation_id: int,
    person: ColumnElement[int],
    segment_ids: Collection[int],
    without: Collection[int],
    *,
    probes: bool,
) -> list[ColumnElement[bool]]:
    """What the person in this column has to meet: being in one of these segments, and in none of the others.

    ``probes``: each person is looked up, else everybody in the segments is found first (see ``compiling``). Nobody
    meets a segment that cannot be asked any more: ``problem_of`` says why.
    """
    try:
        wanted = [tree_of(row) for row in _all_of(organisation_id, segment_ids)]
        left_out = [tree_of(row) for row in _all_of(organisation_id, without)]
        asking = asking_now(organisation_id)
        found = [_is_in(AnyOf(tuple(wanted)), person, asking, probes=probes)] if wanted else []
        return [*found, *(matches(Not(tree), person, asking) for tree in left_out)]
    except Refused:
        return [false()]


def problem_of(organisation_id: int, segment_ids: Collection[int]) -> str:
    """Why one of these segments cannot be asked, in words with its name; blank if all can."""
    rows = {row.id: row for row in segments_by_id(organisation_id, segment_ids)}
    for one in segment_ids:
        row = rows.get(one)
        if row is None or row.ended_at is not None:
            return _("The segment “%(name)s” was deleted: choose another", name=row.name if row else "")
        try:
            people_in(row)
        except Refused as refusal:
            return _("The segment “%(name)s” cannot be asked: %(reason)s", name=row.name, reason=refusal.message)
    return ""


def describe_narrowed(organisation_id: int, words: str, segment_ids: Sequence[int], without: Sequence[int]) -> str:
    """An audience in words with the segments that narrow it."""
    if segment_ids:
        words = _("%(people)s; only %(segments)s", people=words, segments=_segment_names(organisation_id, segment_ids))
    if without:
        words = _("%(people)s; nobody of %(segments)s", people=words, segments=_segment_names(organisation_id, without))
    return words


def _segment_names(organisation_id: int, ids: Sequence[int]) -> str:
    return show_list(f"“{row.name}”" for row in segments_by_id(organisation_id, ids))


def uses_of(row: Segment) -> list[AuditSubject]:
    """What keeps a segment from being deleted: other segments, and what features say."""
    own = [SegmentUse(_subject(one), frozenset({row.id})) for one in segments(row.organisation_id) if _names(one, row)]
    parts = [one.segment_uses for one in feature.used() if one.segment_uses]
    every = [*own, *(use for part in parts for use in feature.load(part)(row.organisation_id))]
    return [use.subject for use in every if row.id in use.segment_ids]


def words_of(node: Node, organisation_id: int) -> str:
    """A tree in one phrase that ends the sentence "A person who …"."""
    match node:
        case Asked():
            return words_of_condition(node, organisation_id)
        case Within(uid, name):
            return _("is in the segment “%(name)s”", name=name or _name(organisation_id, uid))
        case Not(part):
            return _("not (%(words)s)", words=words_of(part, organisation_id))
        case AllOf(parts):
            return _(" and ").join(_bracketed(part, organisation_id) for part in parts)
        case AnyOf(parts):
            return _(" or ").join(_bracketed(part, organisation_id) for part in parts)


def words_of_condition(asked: Asked, organisation_id: int) -> str:
    """One condition in words; where what it names is gone, why."""
    try:
        return kinds()[asked.condition].words(asked.facts, organisation_id)
    except KeyError:
        return asked.condition
    except Refused as refusal:
        return _("%(condition)s (%(reason)s)", condition=kinds()[asked.condition].label, reason=refusal.message)


def described(row: Segment) -> str:
    """What a segment asks, in words."""
    return words_of(read_tree(row.tree), row.organisation_id)


def audit_subjects(organisation_id: int, uids: Collection[str]) -> Mapping[str, AuditSubject]:
    """Segments as the trail names and links them."""
    return {row.uid: _subject(row) for row in session.scalars(_living(organisation_id).where(Segment.uid.in_(uids)))}


AUDIT_SUBJECTS = {"segment": audit_subjects}


class _Trees:
    """The trees of an organisation's segments by uid, each read once."""

    def __init__(self, organisation_id: int) -> None:
        self._organisation_id = organisation_id
        self._found: dict[str, tuple[str, Node]] = {}

    def named(self, uid: str) -> tuple[str, Node]:
        if uid not in self._found:
            try:
                row = segment(self._organisation_id, uid)
            except NotFound:
                raise Refused("segment", _("Choose a segment of this organisation")) from None
            self._found[uid] = row.name, read_tree(row.tree)
        return self._found[uid]


def _looked_up(node: Node, trees: _Trees, above: frozenset[str]) -> Node:
    match node:
        case AllOf(parts):
            return AllOf(tuple(_looked_up(part, trees, above) for part in parts))
        case AnyOf(parts):
            return AnyOf(tuple(_looked_up(part, trees, above) for part in parts))
        case Not(part):
            return Not(_looked_up(part, trees, above))
        case Within(uid):
            if uid in above:
                raise Refused("segment", _("A segment cannot contain itself, not through another one either"))
            name, tree = trees.named(uid)
            return Within(uid, name, _looked_up(tree, trees, above | {uid}))
    return node


def _is_in(node: Node, person: ColumnElement[int], asking: Asking, *, probes: bool) -> ColumnElement[bool]:
    return matches(node, person, asking) if probes else person.in_(people_of(node, asking))


def _all_of(organisation_id: int, ids: Collection[int]) -> list[Segment]:
    """Raises Refused: one of them is no segment of the organisation, or was deleted."""
    rows = segments_by_id(organisation_id, ids)
    if len(rows) != len(ids) or any(row.ended_at is not None for row in rows):
        raise Refused("segments", _("Choose segments of this organisation"))
    return rows


def _bracketed(node: Node, organisation_id: int) -> str:
    words = words_of(node, organisation_id)
    return f"({words})" if isinstance(node, AllOf | AnyOf) and len(node.parts) > 1 else words


def _names(one: Segment, other: Segment) -> bool:
    return other.uid in named_segments(read_tree(one.tree))


def _name(organisation_id: int, uid: str) -> str:
    wanted = select(Segment.name).where(Segment.organisation_id == organisation_id, Segment.uid == uid)
    return session.scalar(wanted) or ""


def _subject(row: Segment) -> AuditSubject:
    return AuditSubject(row.name, "segments.show", {"segment_uid": row.uid})


def _living(organisation_id: int) -> Select[Segment]:
    return select(Segment).where(Segment.organisation_id == organisation_id, Segment.ended_at.is_(None))
