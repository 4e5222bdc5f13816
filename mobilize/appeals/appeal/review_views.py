"""The page on which a second person reads an appeal as visitors will see it, and approves it or sends it back."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from mobilize.appeals.appeal import queries, service, showing
from mobilize.appeals.appeal.gates import is_checked_now
from mobilize.appeals.appeal.models import Appeal
from mobilize.core.errors import Conflict, Refused
from mobilize.core.forms import Form
from mobilize.core.i18n import LANGUAGES, _
from mobilize.core.permissions import identity, organisation, requires
from mobilize.organisations.queries import brand

blueprint = Blueprint("appeal_review", __name__, url_prefix="/studio/<org>/appeals/<appeal_slug>/review")


@blueprint.get("")
@requires("appeal.read")
def show(org: str, appeal_slug: str) -> str:
    """The draft in every language that it is written in, and what is to be done with it next."""
    house = brand(organisation().id)
    row = queries.appeal_by_slug(house.id, appeal_slug)
    words = queries.draft_of(row)
    seen = queries.fingerprint_of(row)
    return render_template(
        "appeals/appeal_review.html",
        org=org,
        brand=house,
        row=row,
        words=words,
        languages=[(tag, LANGUAGES[tag]) for tag in house.languages if tag in words.titles],
        added=[one.entry for one in queries.additions_of(row, house)],
        seen=seen,
        refusal=service.why_not_approve(row, identity().actor, seen),
        is_approved=queries.is_approved(row),
        is_checked=is_checked_now(row),
        showing=showing,
        queries=queries,
        button_form=Form(formdata=None),
    )


@blueprint.post("/ask")
@requires("appeal.change")
def ask(org: str, appeal_slug: str) -> Response:
    """Ask a second person to approve it."""
    row = _row(appeal_slug)
    if Form().validate():
        try:
            service.ask_for_approval(row, identity().actor)
        except Refused as refusal:
            flash(refusal.message, "error")
            return redirect(url_for("appeals.edit", org=org, appeal_slug=appeal_slug), code=303)
        flash(_("Your colleagues see on their home page that it waits for an approval."))
    return _back(org, appeal_slug)


@blueprint.post("/approve")
@requires("appeal.approve")
def approve(org: str, appeal_slug: str) -> Response:
    """Approve exactly what stood on the page. A refusal is kept in the activity log, so it is no error page."""
    row = _row(appeal_slug)
    if Form().validate():
        refusal = service.approve(row, identity().actor, request.form.get("seen", ""))
        flash(refusal or _("Approved. It can be published now."), "error" if refusal else "message")
    return _back(org, appeal_slug)


@blueprint.post("/back")
@requires("appeal.approve")
def send_back(org: str, appeal_slug: str) -> Response:
    """It is not approved."""
    row = _row(appeal_slug)
    if Form().validate():
        service.send_back(row)
        flash(_("Sent back: it is a draft again"))
    return _back(org, appeal_slug)


@blueprint.post("/publish")
@requires("appeal.change")
def publish(org: str, appeal_slug: str) -> Response:
    """Show an approved appeal to visitors."""
    row = _row(appeal_slug)
    if Form().validate():
        try:
            service.publish(row)
        except Conflict as conflict:
            flash(conflict.message, "error")
        else:
            flash(_("Published as %(reference)s", reference=queries.reference_of(row)))
    return _back(org, appeal_slug)


def _row(appeal_slug: str) -> Appeal:
    return queries.appeal_by_slug(organisation().id, appeal_slug)


def _back(org: str, appeal_slug: str) -> Response:
    return redirect(url_for(".show", org=org, appeal_slug=appeal_slug), code=303)
