"""/studio/<org>/settings/defenders: for how long reviews count, and who may read risk notes."""

from __future__ import annotations

from dataclasses import asdict

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from mobilize.appeals import queries, risk_notes, service
from mobilize.appeals.forms import LimitsForm, ReadersForm
from mobilize.core.edit_forms import saved_redirect
from mobilize.core.i18n import _
from mobilize.core.permissions import confirmed, organisation, requires

blueprint = Blueprint("defender_settings", __name__, url_prefix="/studio/<org>/settings/defenders")

Page = str | tuple[str, int] | Response


@blueprint.get("")
@requires("defender.settings")
def index(org: str) -> Page:
    """The limits, and the readers."""
    return _page(org, _limits(is_posted=False), _readers(is_posted=False))


@blueprint.post("")
@requires("defender.settings")
def change(org: str) -> Page:
    """Other limits: mail about a person whose reviews are then too old stops in the same commit."""
    form = _limits(is_posted=True)
    if form.is_untouched:
        return saved_redirect(url_for(".index", org=org))
    if form.validate():
        with form.refusals():
            service.change_limits(organisation().id, form.limits())
            flash(_("Saved"))
            return saved_redirect(url_for(".index", org=org))
    return _page(org, form, _readers(is_posted=False)), 422


@blueprint.post("/readers")
@requires("defender.settings")
@confirmed
def name_readers(org: str) -> Page:
    """Say who may read risk notes."""
    form = _readers(is_posted=True)
    if form.validate():
        with form.refusals():
            risk_notes.name_readers(organisation().id, form.readers.data or [])
            flash(_("Saved"))
            return redirect(url_for(".index", org=org), code=303)
    return _page(org, _limits(is_posted=False), form), 422


def _limits(*, is_posted: bool) -> LimitsForm:
    return LimitsForm.of(asdict(queries.limits_of(organisation().id)), is_posted=is_posted)


def _readers(*, is_posted: bool) -> ReadersForm:
    found = risk_notes.candidates(organisation().id)
    form = ReadersForm.of({"readers": [one.uid for one in found if one.is_reader]}, is_posted=is_posted)
    form.readers.choices = [(one.uid, one.name) for one in found]
    return form


def _page(org: str, limits: LimitsForm, readers: ReadersForm) -> str:
    return render_template("appeals/settings.html", org=org, limits=limits, readers=readers)
