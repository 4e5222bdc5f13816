"""/studio/<org>/people/segments: segments, who is in them and why, and their conditions in a form without scripts.

Adding and removing a condition show the page anew and save nothing; the button that saves does.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from mobilize.audiences import segments, service
from mobilize.audiences.compiling import people_of
from mobilize.audiences.counting import AT_ONCE, LATER, count_within
from mobilize.audiences.models import Segment
from mobilize.audiences.reasons import Verdict, verdict
from mobilize.audiences.studio_forms import (
    NameForm,
    Piece,
    WhyForm,
    kind_choices,
    offer_choices,
    opened,
    pieces_of,
    posted,
    rearranged,
    written,
)
from mobilize.audiences.trees import kinds, read_tree
from mobilize.audiences.words import JOINS
from mobilize.core import db
from mobilize.core.edit_forms import THEN, saved_redirect
from mobilize.core.errors import Conflict, Refused
from mobilize.core.forms import Form
from mobilize.core.i18n import _
from mobilize.core.permissions import organisation, requires
from mobilize.core.text import mail_address
from mobilize.delivery.models import RecipientKind
from mobilize.delivery.recipients import find_recipient

blueprint = Blueprint("segments", __name__, url_prefix="/studio/<org>/people/segments")

Page = str | tuple[str, int] | Response


@blueprint.get("")
@requires("segments.read")
def index(org: str) -> Page:
    """Every segment, in words."""
    rows = segments.segments(organisation().id)
    return render_template("audiences/segments.html", org=org, rows=rows, words=segments.described)


@blueprint.get("/new")
@requires("segments.change")
def new(org: str) -> Page:
    """A segment with no condition yet."""
    return _builder(org, None, NameForm.of({}, is_posted=False), opened(None))


@blueprint.post("/new")
@requires("segments.change")
def create(org: str) -> Page:
    """A press on a condition shows the page anew; the press on the page's own button makes the segment."""
    form, root = NameForm.of({}, is_posted=True), posted(request.form)
    if press := request.form.get("piece", ""):
        return _builder(org, None, form, root, at=rearranged(root, press, request.form))
    tree = written(root, organisation().id)
    if form.validate() and tree is not None:
        with form.refusals():
            row = service.create_segment(organisation().id, form.name.data, tree)
            flash(_("The segment is made. Choose it where a mailing says who gets it."))
            return redirect(url_for(".show", org=org, segment_uid=row.uid), code=303)
    return _builder(org, None, form, root), 422


@blueprint.post("/count")
@requires("segments.change")
def count_typed(**_org: str) -> Page:
    """How many people the conditions of the page are that is being written; saves nothing."""
    root = posted(request.form)
    tree = written(root, organisation().id) if Form().validate() else None
    return render_template("audiences/count.html", **_typed_count(tree))


@blueprint.get("/<segment_uid>")
@requires("segments.read")
def show(org: str, segment_uid: str) -> Page:
    """What a segment asks, how many people it is, what uses it."""
    return _show(org, _segment(segment_uid), WhyForm(formdata=None))


@blueprint.post("/<segment_uid>")
@requires("segments.read")
def why(org: str, segment_uid: str) -> Page:
    """Whether one person is in it, and which conditions decide that; changes nothing."""
    row, form = _segment(segment_uid), WhyForm()
    if form.validate():
        with form.refusals():
            address = mail_address("address", form.address.data or "")
            found = find_recipient(organisation().id, organisation().uid, RecipientKind.PERSON, address)
            if found is None:
                return _show(org, row, form, nobody=True)
            return _show(org, row, form, found=verdict(row, found.id))
    return _show(org, row, form), 422


@blueprint.get("/<segment_uid>/count")
@requires("segments.read")
def count(org: str, segment_uid: str) -> Page:
    """The number alone, for a page that says "counting"; without scripts a page that waits for it."""
    row = _segment(segment_uid)
    if "HX-Request" not in request.headers:
        return _show(org, row, WhyForm(formdata=None), seconds=LATER)
    return render_template("audiences/count.html", **_count_of(row, LATER), gave_up=True)


@blueprint.get("/<segment_uid>/edit")
@requires("segments.change")
def edit(org: str, segment_uid: str) -> Page:
    """The conditions as they are stored."""
    row = _segment(segment_uid)
    return _builder(org, row, _name_form(row, is_posted=False), opened(read_tree(row.tree)))


@blueprint.post("/<segment_uid>/edit")
@requires("segments.change")
def change(org: str, segment_uid: str) -> Page:
    """A press on a condition shows the page anew; the press on the page's own button saves."""
    row = _segment(segment_uid)
    form, root = _name_form(row, is_posted=True), posted(request.form)
    if press := request.form.get("piece", ""):
        return _builder(org, row, form, root, at=rearranged(root, press, request.form))
    tree = written(root, row.organisation_id)
    done = url_for(".show", org=org, segment_uid=row.uid)
    if THEN in request.form and tree == row.tree and form.name.data == row.name:
        return saved_redirect(done)
    if form.validate() and tree is not None:
        with form.refusals():
            service.change_segment(row, form.name.data, tree)
            flash(_("Saved"))
            return saved_redirect(done)
    return _builder(org, row, form, root), 422


@blueprint.get("/<segment_uid>/delete")
@requires("segments.change")
def confirm_delete(org: str, segment_uid: str) -> Page:
    """The question before a segment is deleted."""
    row = _segment(segment_uid)
    return render_template(
        "audiences/delete.html", org=org, row=row, uses=segments.uses_of(row), press=Form(formdata=None)
    )


@blueprint.post("/<segment_uid>/delete")
@requires("segments.change")
def delete(org: str, segment_uid: str) -> Page:
    row = _segment(segment_uid)
    if not Form().validate():
        flash(_("This page was open for too long. Nothing was lost: press the button again"), "error")
        return redirect(url_for(".confirm_delete", org=org, segment_uid=row.uid), code=303)
    try:
        service.end_segment(row)
    except Conflict as conflict:
        flash(conflict.message, "error")
        return redirect(url_for(".show", org=org, segment_uid=row.uid), code=303)
    flash(_("The segment is deleted."))
    return redirect(url_for(".index", org=org), code=303)


def _segment(uid: str) -> Segment:
    return segments.segment(organisation().id, uid)


def _name_form(row: Segment, *, is_posted: bool) -> NameForm:
    return NameForm.of({"name": row.name, "tree": row.tree}, is_posted=is_posted)


def _show(
    org: str,
    row: Segment,
    form: WhyForm,
    *,
    found: Verdict | None = None,
    nobody: bool = False,
    seconds: float = AT_ONCE,
) -> str:
    return render_template(
        "audiences/segment.html",
        org=org,
        row=row,
        words=segments.described(row),
        uses=segments.uses_of(row),
        form=form,
        found=found,
        nobody=nobody,
        gave_up=seconds == LATER,
        **_count_of(row, seconds),
    )


def _count_of(row: Segment, seconds: float) -> dict[str, Any]:
    """``count``, None where it takes longer; ``problem``: why nobody can be counted."""
    try:
        people = segments.people_in(row)
    except Refused as refusal:
        return {"count": None, "problem": refusal.message}
    return {"count": count_within(people, seconds), "problem": ""}


def _typed_count(tree: object) -> dict[str, Any]:
    """The same of conditions that are not saved; where some of them are not filled in, nothing is counted."""
    if tree is None:
        return {"count": None, "problem": _("Fill in the conditions to see how many people they are")}
    try:
        node = segments.looked_up(organisation().id, read_tree(tree), frozenset())
        people = people_of(node, segments.asking_now(organisation().id))
    except Refused as refusal:
        return {"count": None, "problem": refusal.message}
    db.release()
    return {"count": count_within(people, AT_ONCE), "problem": "", "gave_up": True}


def _builder(org: str, row: Segment | None, form: NameForm, root: Piece, *, at: str | None = None) -> str:
    """``at``: the piece to stand at, which means that something is not saved yet."""
    uid = row.uid if row else ""
    offer_choices(root, organisation().id, uid)
    return render_template(
        "audiences/builder.html",
        org=org,
        row=row,
        form=form,
        root=root,
        wrong=[one for one in pieces_of(root) if one.error or (one.form and one.form.errors)],
        kinds=kinds(),
        joins=JOINS,
        offered=kind_choices(organisation().id, uid),
        theirs=segments.described(row) if row and form.is_outdated else "",
        at=at,
    )
