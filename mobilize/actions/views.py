"""Staff pages of calls to action: the list, a call's facts, publishing and closing it, its acts."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from mobilize.actions import queries, service, studio_forms, words
from mobilize.actions.models import CallToAction
from mobilize.actions.showing import action_url, call_of
from mobilize.campaigns.queries import campaign_choices, campaign_of
from mobilize.campaigns.service import assign
from mobilize.core.countries import show_country
from mobilize.core.edit_forms import saved_redirect
from mobilize.core.errors import Conflict, Refused
from mobilize.core.forms import Form
from mobilize.core.i18n import _
from mobilize.core.permissions import organisation, requires
from mobilize.core.text_fields import ordered, text_fields
from mobilize.organisations.queries import Brand, brand

blueprint = Blueprint("actions", __name__, url_prefix="/studio/<org>/actions")

Page = str | tuple[str, int]


@blueprint.get("")
@requires("action.read")
def index(org: str) -> str:
    """Every call with the number of its acts."""
    house = brand(organisation().id)
    found = queries.actions(house.id)
    numbers = queries.counts([row.id for row in found])
    return render_template("actions/index.html", org=org, brand=house, rows=found, numbers=numbers, words=words)


@blueprint.get("/new")
@requires("action.change")
def new(org: str) -> str:
    """A call with nothing in it yet."""
    house = brand(organisation().id)
    form = _form(house, None, is_posted=False)
    form.about.data = request.args.get("about", "")[:60]
    return _page(org, house, form, None)


@blueprint.post("/new")
@requires("action.change")
def create(org: str) -> Response | Page:
    """Make a draft."""
    house = brand(organisation().id)
    form = _form(house, None, is_posted=True)
    if form.validate():
        try:
            row = service.create_action(house.id, form.slug.data or "", _facts(form, house, None))
        except (Refused, Conflict) as refusal:
            _refuse(form, refusal, house, conflicts="slug")
        else:
            flash(_("The petition is made. Visitors see it when you publish it."))
            return redirect(url_for(".edit", org=org, action_slug=row.slug), code=303)
    return _page(org, house, form, None), 422


@blueprint.get("/<action_slug>")
@requires("action.read")
def edit(org: str, action_slug: str) -> str:
    """A call's facts."""
    house, row = _row(action_slug)
    return _page(org, house, _form(house, row, is_posted=False), row)


@blueprint.post("/<action_slug>")
@requires("action.change")
def change(org: str, action_slug: str) -> Response | Page:
    """Save a call's facts."""
    house, row = _row(action_slug)
    form = _form(house, row, is_posted=True)
    here = url_for(".edit", org=org, action_slug=action_slug)
    if form.is_untouched:
        return saved_redirect(here)
    if form.validate():
        try:
            service.change_action(row, _facts(form, house, row))
        except (Refused, Conflict) as refusal:
            _refuse(form, refusal, house, conflicts="shows")
        else:
            flash(_("Saved"))
            return saved_redirect(here)
    return _page(org, house, form, row), 422


@blueprint.post("/<action_slug>/publish")
@requires("action.change")
def publish(org: str, action_slug: str) -> Response:
    """Show a draft to visitors."""
    _house, row = _row(action_slug)
    if Form().validate():
        try:
            service.publish(row)
        except (Refused, Conflict) as refusal:
            flash(refusal.message, "error")
        else:
            flash(_("Published: visitors can sign now"))
    return redirect(url_for(".edit", org=org, action_slug=action_slug), code=303)


@blueprint.get("/<action_slug>/close")
@requires("action.change")
def ask_close(org: str, action_slug: str) -> str:
    """Ask before a call takes no more acts."""
    house, row = _row(action_slug)
    return render_template("actions/close.html", org=org, brand=house, row=row, form=Form(formdata=None))


@blueprint.post("/<action_slug>/close")
@requires("action.change")
def close(org: str, action_slug: str) -> Response:
    """Take no more acts."""
    _house, row = _row(action_slug)
    if Form().validate():
        service.close(row)
        flash(_("Closed. Its page thanks whoever comes."))
    return redirect(url_for(".edit", org=org, action_slug=action_slug), code=303)


@blueprint.get("/<action_slug>/delete")
@requires("action.change")
def delete(org: str, action_slug: str) -> str:
    """Ask before a draft is deleted."""
    house, row = _row(action_slug)
    return render_template("actions/delete.html", org=org, brand=house, row=row, form=Form(formdata=None))


@blueprint.post("/<action_slug>/delete")
@requires("action.change")
def delete_now(org: str, action_slug: str) -> Response:
    """Delete a draft."""
    _house, row = _row(action_slug)
    if not Form().validate():
        return redirect(url_for(".delete", org=org, action_slug=action_slug), code=303)
    service.delete_draft(row)
    flash(_("The draft is deleted"))
    return redirect(url_for(".index", org=org), code=303)


@blueprint.post("/<action_slug>/campaign")
@requires("action.change")
def set_campaign(org: str, action_slug: str) -> Response:
    """Let it belong to a campaign, or to none."""
    _house, row = _row(action_slug)
    if Form().validate():
        assign(row.organisation_id, "action", row.uid, request.form.get("campaign", ""))
        flash(_("Saved"))
    return redirect(url_for(".edit", org=org, action_slug=action_slug), code=303)


@blueprint.get("/<action_slug>/acts")
@requires("acts.read")
def acts(org: str, action_slug: str) -> str:
    """Who acted, the newest first, and how many wait for their confirmation."""
    house, row = _row(action_slug)
    after = queries.act_by_uid(row.id, request.args.get("after", ""))
    found = queries.signers(row.id, after.id if after else 0, queries.PAGE + 1)
    return render_template(
        "actions/acts.html",
        org=org,
        brand=house,
        row=row,
        people=found[: queries.PAGE],
        next_after=found[queries.PAGE - 1].row.uid if len(found) > queries.PAGE else "",
        count=queries.count_acts(row.id),
        waiting=queries.count_waiting(row.id),
        words=words,
        show_country=show_country,
    )


def _row(slug: str) -> tuple[Brand, CallToAction]:
    house = brand(organisation().id)
    return house, queries.action_by_slug(house.id, slug)


def _languages(house: Brand) -> list[str]:
    return ordered(house.languages, house.default_language)


def _form(house: Brand, row: CallToAction | None, *, is_posted: bool) -> Any:
    languages = _languages(house)
    stored = studio_forms.stored_action(row, house, languages)
    form = studio_forms.action_form(languages).of(stored, is_posted=is_posted)
    studio_forms.offer(form, house, row)
    return form


def _facts(form: Any, house: Brand, row: CallToAction | None) -> service.Facts:
    return studio_forms.facts(form, house, _languages(house), row)


def _refuse(form: Any, refusal: Refused | Conflict, house: Brand, conflicts: str) -> None:
    """Show it beside its field; a text's refusal stands beside the first language's."""
    named = refusal.field if isinstance(refusal, Refused) else conflicts
    first = f"{named}_{house.default_language}"
    form.refuse(Refused(named if named in form or first not in form else first, refusal.message))


def _page(org: str, house: Brand, form: Any, row: CallToAction | None) -> str:
    return render_template(
        "actions/action.html",
        org=org,
        brand=house,
        form=form,
        groups=text_fields(form, studio_forms.TEXTS, _languages(house)),
        row=row,
        call=call_of(row, house) if row else None,
        url=action_url(row, house) if row else "",
        count=queries.count_acts(row.id) if row else 0,
        words=words,
        button_form=Form(formdata=None),
        campaigns=campaign_choices(house.id),
        campaign=campaign_of(house.id, "action", row.uid) if row else None,
    )
