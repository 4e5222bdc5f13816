"""/studio/<org>/defenders/<uid>/risk: reading and writing risk notes, for those whom an owner named."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from mobilize.appeals import queries, service, showing
from mobilize.appeals.forms import NotesForm
from mobilize.appeals.models import Defender
from mobilize.appeals.risk_notes import may_read
from mobilize.core.forms import Form
from mobilize.core.i18n import _
from mobilize.core.permissions import confirmed, member, organisation, requires

blueprint = Blueprint("defender_risks", __name__, url_prefix="/studio/<org>/defenders/<defender_uid>/risk")

Page = str | tuple[str, int] | Response


@blueprint.post("")
@requires("defender.read")
@confirmed
def read(org: str, defender_uid: str) -> Page:
    """Show the notes; the reading is logged, so that it takes a press."""
    row = _row(defender_uid)
    if not _is_named(row) or not Form().validate():
        return _back(org, row)
    notes = service.read_risk_notes(row)
    return _page(org, row, NotesForm.of({"notes": notes}, is_posted=False))


@blueprint.post("/save")
@requires("defender.change")
@confirmed
def save(org: str, defender_uid: str) -> Page:
    """Keep other notes; empty ones are deleted."""
    row = _row(defender_uid)
    if not _is_named(row):
        return _back(org, row)
    form = NotesForm.of({"notes": row.risk_notes}, is_posted=True)
    if form.validate():
        with form.refusals():
            service.change_risk_notes(row, form.notes.data or "")
    if form.errors:
        return _page(org, row, form), 422
    flash(_("The risk notes are saved"))
    return _back(org, row)


def _row(uid: str) -> Defender:
    return queries.defender_by_uid(organisation().id, uid)


def _is_named(row: Defender) -> bool:
    """Whether an owner named this colleague as a reader of the notes; says so where nobody did."""
    is_named = may_read(row.organisation_id, member().user_id)
    if not is_named:
        flash(_("Only colleagues whom an owner named may read risk notes"), "error")
    return is_named


def _page(org: str, row: Defender, form: NotesForm) -> str:
    return render_template("appeals/risk.html", org=org, row=row, name=showing.name_of(row), form=form)


def _back(org: str, row: Defender) -> Response:
    return redirect(url_for("defenders.show", org=org, defender_uid=row.uid), code=303)
