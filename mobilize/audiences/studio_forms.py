"""The conditions of a segment as a form that needs no script: fields for each, and buttons that add and remove.

stored tree -> opened -> Piece … -> page -> posted -> rearranged (a press) | written (saving) -> tree

A piece's path (``n_0_2``) names its fields and where it stands. A removed piece leaves a gap, so that no field of
another one is named anew and what was typed stays as it was typed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import EmailField, Form, SelectChoice, SelectField, StringField
from wtforms.validators import Length

from mobilize.audiences.segments import asking_now, segments
from mobilize.audiences.trees import MAX_DEPTH, MAX_NODES, AllOf, AnyOf, Asked, Node, Not, Within, kinds
from mobilize.core.edit_forms import EditForm
from mobilize.core.errors import Refused
from mobilize.core.forms import Form as PostedForm
from mobilize.core.i18n import _, lazy
from mobilize.core.json_fields import Fields
from mobilize.core.text_fields import REQUIRED

ROOT, GROUP, SEGMENT = "n", "group", "segment"
ALL, ANY, NONE = "all", "any", "none"


class NameForm(EditForm):
    """What colleagues call a segment; its conditions are pieces beside it."""

    name = StringField(lazy("Name of the segment"), [REQUIRED, Length(max=100)])


class WhyForm(PostedForm):
    """One exact address, posted so that it stands in no log."""

    address = EmailField(lazy("Email address"), [REQUIRED])


class WithinForm(Form):
    segment = SelectField(lazy("Segment"))


@dataclass
class Piece:
    """A condition, or a group of pieces that ``join`` says how to join; ``is_not`` turns a condition round."""

    path: str
    kind: str
    form: Form | None = None
    is_not: bool = False
    join: str = ALL
    children: list[Piece] = field(default_factory=list)
    error: str = ""

    @property
    def depth(self) -> int:
        return self.path.count("_")

    @property
    def may_hold_groups(self) -> bool:
        """Whether a group in it would leave room for conditions."""
        return self.depth + 3 < MAX_DEPTH


def opened(node: Node | None) -> Piece:
    """The form of a stored tree, or of a segment that is about to be made."""
    if node is None:
        return Piece(ROOT, GROUP)
    return _opened(node if _is_group(node) else AllOf((node,)), ROOT)


def posted(values: MultiDict[str, str]) -> Piece:
    """What was typed; kinds that do not exist are dropped.

    Raises:
        Refused: far more conditions than a segment has; each asks the database what its fields offer, under the lock.
    """
    if sum(name.endswith("-kind") for name in values) > 2 * MAX_NODES:
        raise Refused("tree", _("Use at most %(count)d", count=MAX_NODES))
    return _posted(values, ROOT) or Piece(ROOT, GROUP)


def rearranged(root: Piece, press: str, values: Mapping[str, str]) -> str:
    """Change the pieces by a press of ``add:<path>`` or ``remove:<path>``; the path of the piece to stand at."""
    verb, _colon, path = press.partition(":")
    for piece in pieces_of(root):
        if verb == "add" and piece.path == path and piece.kind == GROUP:
            return _added(root, piece, values.get(f"{path}-new", ""))
        for child in list(piece.children):
            if verb == "remove" and child.path == path:
                piece.children.remove(child)
                return piece.path
    return ROOT


def written(root: Piece, organisation_id: int) -> dict[str, Any] | None:
    """The tree of the page as JSON; ``None`` after what is wrong was put beside its field."""
    tree = _written(root, organisation_id)
    return None if any(one.error or (one.form and one.form.errors) for one in pieces_of(root)) else tree


def offer_choices(root: Piece, organisation_id: int, but: str = "") -> None:
    """Fill in what the fields offer in an organisation; a segment is not offered itself (``but``, its uid)."""
    others = [SelectChoice(row.uid, row.name) for row in segments(organisation_id) if row.uid != but]
    for piece in pieces_of(root):
        if isinstance(piece.form, WithinForm):
            piece.form.segment.choices = others
        elif piece.form is not None and (offer := kinds()[piece.kind].offer):
            offer(piece.form, organisation_id)


def pieces_of(root: Piece) -> Iterator[Piece]:
    """A piece and all that it holds, in the order of the page."""
    yield root
    for child in root.children:
        yield from pieces_of(child)


def kind_choices(organisation_id: int, but: str = "") -> list[tuple[str, str]]:
    """What can be added to a group: conditions, another segment, and a group."""
    found = [(name, str(kind.label)) for name, kind in kinds().items()]
    if any(row.uid != but for row in segments(organisation_id)):
        found.append((SEGMENT, _("In another segment")))
    return [*found, (GROUP, _("Several conditions joined"))]


def _is_group(node: Node) -> bool:
    return isinstance(node, AllOf | AnyOf) or (isinstance(node, Not) and isinstance(node.part, AllOf | AnyOf))


def _opened(node: Node, path: str) -> Piece:
    match node:
        case Not(AnyOf(parts)):
            return _group(NONE, parts, path)
        case Not(AllOf(parts)):
            return _group(ANY, tuple(Not(part) for part in parts), path)
        case Not(Not(part)):
            return _opened(part, path)
        case Not(part):
            piece = _opened(part, path)
            piece.is_not = True
            return piece
        case AllOf(parts):
            return _group(ALL, parts, path)
        case AnyOf(parts):
            return _group(ANY, parts, path)
        case Within(uid):
            return Piece(path, SEGMENT, WithinForm(prefix=f"{path}-", data={"segment": uid}))
        case Asked(condition, facts):
            form = kinds()[condition].form(prefix=f"{path}-", data=asdict(facts))
            return Piece(path, condition, form)


def _group(join: str, parts: tuple[Node, ...], path: str) -> Piece:
    children = [_opened(part, f"{path}_{number}") for number, part in enumerate(parts)]
    return Piece(path, GROUP, join=join, children=children)


def _posted(values: MultiDict[str, str], path: str) -> Piece | None:
    kind = values.get(f"{path}-kind", "")
    if kind == GROUP and path.count("_") < MAX_DEPTH:
        join = values.get(f"{path}-join", ALL)
        found = [_posted(values, f"{path}_{number}") for number in range(MAX_NODES)]
        children = [one for one in found if one is not None]
        return Piece(path, GROUP, join=join if join in (ALL, ANY, NONE) else ALL, children=children)
    form = _empty_form(kind)
    if form is None:
        return None
    return Piece(path, kind, form(values, prefix=f"{path}-"), is_not=values.get(f"{path}-not") == "yes")


def _empty_form(kind: str) -> type[Form] | None:
    if kind == SEGMENT:
        return WithinForm
    return kinds()[kind].form if kind in kinds() else None


def _added(root: Piece, group: Piece, kind: str) -> str:
    taken = [int(child.path.rpartition("_")[2]) for child in group.children]
    path = f"{group.path}_{max(taken, default=-1) + 1}"
    form = _empty_form(kind)
    is_group = kind == GROUP and group.may_hold_groups
    if len(list(pieces_of(root))) >= MAX_NODES or max(taken, default=-1) + 1 >= MAX_NODES or not (form or is_group):
        return group.path
    group.children.append(Piece(path, kind, form(prefix=f"{path}-") if form else None))
    return path


def _written(piece: Piece, organisation_id: int) -> dict[str, Any]:
    if piece.kind == GROUP:
        return _written_group(piece, organisation_id)
    values = _filled(piece.form.data if piece.form else {})
    if piece.kind == SEGMENT:
        tree: dict[str, Any] = {"segment": values.get("segment", "")}
        if not tree["segment"]:
            _refuse(piece, Refused("segment", _("Choose a segment of this organisation")))
    else:
        tree = {"condition": piece.kind, "facts": values}
        _try(piece, values, organisation_id)
    return {"not": tree} if piece.is_not else tree


def _written_group(piece: Piece, organisation_id: int) -> dict[str, Any]:
    if not piece.children:
        piece.error = _("Add at least one condition")
    parts = [_written(child, organisation_id) for child in piece.children]
    return {"not": {"any": parts}} if piece.join == NONE else {piece.join: parts}


def _try(piece: Piece, values: Mapping[str, Any], organisation_id: int) -> None:
    """Read a condition and ask it: what it refuses stands beside its field."""
    kind = kinds()[piece.kind]
    try:
        kind.people(kind.read(Fields(values, "")), asking_now(organisation_id))
    except Refused as refusal:
        _refuse(piece, refusal)


def _refuse(piece: Piece, refusal: Refused) -> None:
    name = refusal.field.partition("[")[0]
    if piece.form is not None and name in piece.form:
        piece.form[name].errors = [*piece.form[name].errors, refusal.message]
    else:
        piece.error = refusal.message


def _filled(values: Mapping[str, Any]) -> dict[str, Any]:
    """What JSON would hold: no blank fields, days as text."""
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in values.items()
        if value not in (None, "", [])
    }
