"""/studio/<org>/defenders: the list with its search, a defender's facts, their page, holding and deleting."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from mobilize.appeals import forms, queries, service, showing
from mobilize.appeals.models import Defender
from mobilize.appeals.pictures import pictures_of
from mobilize.appeals.risk_notes import may_read
from mobilize.appeals.rules import ReviewKind
from mobilize.campaigns.queries import campaign_choices, campaign_of
from mobilize.campaigns.service import assign
from mobilize.core.edit_forms import saved_redirect
from mobilize.core.errors import Conflict, Refused
from mobilize.core.forms import Form
from mobilize.core.i18n import _, ngettext
from mobilize.core.permissions import member, organisation, requires
from mobilize.core.text_fields import ordered, text_fields
from mobilize.organisations.queries import Brand, brand

blueprint = Blueprint("defenders", __name__, url_prefix="/studio/<org>/defenders")

Page = str | tuple[str, int] | Response


@blueprint.get("")
@requires("defender.read")
def index(org: str) -> Page:
    """Every defender, or those whom one of their names matches."""
    house = brand(organisation().id)
    typed = request.args.get("q", "").strip()[:200]
    found = queries.defenders_called(house.id, typed) if typed else queries.defenders(house.id)
    shown = [(row, queries.details_of(row), queries.gate_of(row)) for row in found]
    shown.sort(key=lambda one: one[1].name.casefold())
    return render_template("appeals/index.html", org=org, brand=house, found=shown, typed=typed, showing=showing)


@blueprint.get("/new")
@requires("defender.change")
def new(org: str) -> Page:
    """A defender with nothing in it yet."""
    house = brand(organisation().id)
    return _form_page(org, house, _form(house, {}, is_posted=False), None)


@blueprint.post("/new")
@requires("defender.change")
def create(org: str) -> Page:
    """Add one; the gate is closed until the case was reviewed."""
    house = brand(organisation().id)
    form = _form(house, {}, is_posted=True)
    if form.validate():
        try:
            row = service.create_defender(house.id, forms.details(form, _languages(house)), form.slug.data or "")
        except (Refused, Conflict) as refusal:
            _refuse(form, refusal, house)
        else:
            flash(_("The defender is added. Email about them waits until the case was reviewed."))
            return redirect(url_for(".show", org=org, defender_uid=row.uid), code=303)
    return _form_page(org, house, form, None), 422


@blueprint.get("/<defender_uid>")
@requires("defender.read")
def show(org: str, defender_uid: str) -> Page:
    """A defender: whether email about them is sent, the reviews, the timeline."""
    house = brand(organisation().id)
    row = queries.defender_by_uid(house.id, defender_uid)
    return render_template(
        "appeals/defender.html",
        org=org,
        brand=house,
        row=row,
        details=queries.details_of(row),
        gate=queries.gate_of(row),
        reviews=queries.reviews(row.id),
        events=showing.by_date(queries.timeline(row.id)),
        pictures=pictures_of(row.id),
        waiting=len(queries.messages_about(row)),
        kinds=list(ReviewKind),
        showing=showing,
        form=Form(formdata=None),
        may_change=member().may("defender.change"),
        may_read_risks=may_read(row.organisation_id, member().user_id),
        campaigns=campaign_choices(house.id),
        campaign=campaign_of(house.id, "defender", row.uid),
    )


@blueprint.get("/<defender_uid>/edit")
@requires("defender.change")
def edit(org: str, defender_uid: str) -> Page:
    """A defender's facts."""
    house = brand(organisation().id)
    row = queries.defender_by_uid(house.id, defender_uid)
    return _form_page(org, house, _form(house, forms.stored_defender(row, _languages(house)), is_posted=False), row)


@blueprint.post("/<defender_uid>/edit")
@requires("defender.change")
def change(org: str, defender_uid: str) -> Page:
    """Save a defender's facts."""
    house = brand(organisation().id)
    row = queries.defender_by_uid(house.id, defender_uid)
    form = _form(house, forms.stored_defender(row, _languages(house)), is_posted=True)
    here = url_for(".show", org=org, defender_uid=defender_uid)
    if form.is_untouched:
        return saved_redirect(here)
    if form.validate():
        try:
            service.change_details(row, forms.details(form, _languages(house), row), form.slug.data or "")
        except (Refused, Conflict) as refusal:
            _refuse(form, refusal, house)
        else:
            flash(_("Saved"))
            return saved_redirect(here)
    return _form_page(org, house, form, row), 422


@blueprint.post("/<defender_uid>/hold")
@requires("defender.change")
def hold(org: str, defender_uid: str) -> Page:
    """Stop everything that names the person, at once."""
    row = queries.defender_by_uid(organisation().id, defender_uid)
    if Form().validate():
        count = len(service.hold_everything(row))
        flash(
            ngettext(
                "Everything about this person is on hold. %(num)s mailing was stopped.",
                "Everything about this person is on hold. %(num)s mailings were stopped.",
                count,
            )
        )
    return _back(org, row)


@blueprint.post("/<defender_uid>/resume")
@requires("defender.change")
def resume(org: str, defender_uid: str) -> Page:
    """End the hold; what a review keeps back stays."""
    row = queries.defender_by_uid(organisation().id, defender_uid)
    if Form().validate():
        service.end_hold(row)
        flash(_("The hold has ended. %(state)s", state=showing.gate_words(queries.gate_of(row))))
    return _back(org, row)


@blueprint.post("/<defender_uid>/campaign")
@requires("defender.change")
def set_campaign(org: str, defender_uid: str) -> Page:
    """Let the person's case belong to a campaign, or to none."""
    row = queries.defender_by_uid(organisation().id, defender_uid)
    if Form().validate():
        assign(row.organisation_id, "defender", row.uid, request.form.get("campaign", ""))
        flash(_("Saved"))
    return _back(org, row)


@blueprint.get("/<defender_uid>/delete")
@requires("defender.change")
def delete(org: str, defender_uid: str) -> Page:
    """Ask before a defender is deleted."""
    return _delete_page(org, queries.defender_by_uid(organisation().id, defender_uid), Form(formdata=None))


@blueprint.post("/<defender_uid>/delete")
@requires("defender.change")
def delete_now(org: str, defender_uid: str) -> Page:
    """Delete a defender with all that is kept about them."""
    row = queries.defender_by_uid(organisation().id, defender_uid)
    form = Form()
    if form.validate():
        try:
            service.delete_defender(row)
        except Conflict as conflict:
            form.form_errors.append(conflict.message)
            return _delete_page(org, row, form), 409
        flash(_("The defender is deleted"))
        return redirect(url_for(".index", org=org), code=303)
    return _delete_page(org, row, form), 422


def _languages(house: Brand) -> list[str]:
    return ordered(house.languages, house.default_language)


def _form(house: Brand, values: dict[str, Any], *, is_posted: bool) -> Any:
    form = forms.defender_form(_languages(house)).of(values, is_posted=is_posted)
    forms.offer_countries(form)
    return form


def _refuse(form: Any, refusal: Refused | Conflict, house: Brand) -> None:
    """Show it beside its field; a text's refusal stands beside the first language's."""
    named = refusal.field if isinstance(refusal, Refused) else "slug"
    named = {"about": "abouts"}.get(named, named)
    first = f"{named}_{house.default_language}"
    form.refuse(Refused(named if named in form or first not in form else first, refusal.message))


def _form_page(org: str, house: Brand, form: Any, row: Defender | None) -> str:
    return render_template(
        "appeals/edit.html",
        org=org,
        brand=house,
        form=form,
        row=row,
        name=showing.name_of(row) if row else "",
        groups=text_fields(form, forms.TEXTS, _languages(house)),
    )


def _delete_page(org: str, row: Defender, form: Form) -> str:
    return render_template("appeals/delete.html", org=org, row=row, name=showing.name_of(row), form=form)


def _back(org: str, row: Defender) -> Response:
    return redirect(url_for(".show", org=org, defender_uid=row.uid), code=303)
