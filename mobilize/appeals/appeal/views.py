"""Staff pages of appeals: the list, what one says, further information, how it ended."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from mobilize.appeals.appeal import forms, queries, service, showing
from mobilize.appeals.appeal.models import Appeal
from mobilize.appeals.appeal.rules import OPEN, AppealState
from mobilize.campaigns.queries import campaign_choices, campaign_of
from mobilize.campaigns.service import assign
from mobilize.core.edit_forms import saved_redirect
from mobilize.core.forms import Form
from mobilize.core.i18n import _
from mobilize.core.permissions import identity, organisation, requires
from mobilize.core.text_fields import ordered, text_fields
from mobilize.organisations.queries import Brand, brand

blueprint = Blueprint("appeals", __name__, url_prefix="/studio/<org>/appeals")

Page = str | tuple[str, int]


@blueprint.get("")
@requires("appeal.read")
def index(org: str) -> str:
    """Every appeal: drafts and those on which people can act, then the closed ones."""
    house = brand(organisation().id)
    found = queries.appeals(house.id)
    return render_template(
        "appeals/appeal_index.html",
        org=org,
        brand=house,
        open=[row for row in found if row.state is not AppealState.CLOSED],
        closed=[row for row in found if row.state is AppealState.CLOSED],
        showing=showing,
        queries=queries,
    )


@blueprint.get("/new")
@requires("appeal.change")
def new(org: str) -> str:
    """An appeal with nothing in it yet."""
    house = brand(organisation().id)
    return _page(org, house, _form(house, None, {"concern": "other"}, is_posted=False), None)


@blueprint.post("/new")
@requires("appeal.change")
def create(org: str) -> Response | Page:
    """Make a draft."""
    house = brand(organisation().id)
    form = _form(house, None, {"concern": "other"}, is_posted=True)
    if form.validate():
        words = forms.words_of(form, languages_of(house))
        with form.refusals(conflicts="slug"):
            row = service.create_appeal(
                house.id, form.slug.data or "", words, form.defenders.data, identity().actor, form.supersedes.data
            )
            flash(_("The draft is made. A second person approves it before visitors see it."))
            return redirect(url_for(".edit", org=org, appeal_slug=row.slug), code=303)
    return _page(org, house, form, None), 422


@blueprint.get("/<appeal_slug>")
@requires("appeal.read")
def edit(org: str, appeal_slug: str) -> str:
    """What an appeal says."""
    house = brand(organisation().id)
    row = queries.appeal_by_slug(house.id, appeal_slug)
    return _page(org, house, _form(house, row, _stored(row, house), is_posted=False), row)


@blueprint.post("/<appeal_slug>")
@requires("appeal.change")
def change(org: str, appeal_slug: str) -> Response | Page:
    """Save the draft; what is public stays."""
    house = brand(organisation().id)
    row = queries.appeal_by_slug(house.id, appeal_slug)
    form = _form(house, row, _stored(row, house), is_posted=True)
    here = url_for(".edit", org=org, appeal_slug=appeal_slug)
    if form.is_untouched:
        return saved_redirect(here)
    if form.validate():
        words = forms.words_of(form, languages_of(house), queries.draft_of(row))
        with form.refusals(conflicts="defenders"):
            service.change_draft(row, words, identity().actor)
            service.change_defenders(row, form.defenders.data, identity().actor, form.supersedes.data)
            flash(_saved(row))
            return saved_redirect(here)
    return _page(org, house, form, row), 422


@blueprint.route("/<appeal_slug>/further", methods=["GET", "POST"])
@requires("appeal.change")
def further(org: str, appeal_slug: str) -> Response | Page:
    """Further information that is published as such with the next update."""
    house = brand(organisation().id)
    row = queries.appeal_by_slug(house.id, appeal_slug)
    form = forms.further_form(languages_of(house)).of(
        forms.stored_further(row, languages_of(house)), is_posted=request.method == "POST"
    )
    if request.method == "POST":
        answer = _save(org, house, row, form, "further")
        if answer is not None:
            return answer
    page = render_template(
        "appeals/appeal_further.html",
        **_around(org, house, row),
        form=form,
        groups=text_fields(form, ("further",), languages_of(house)),
        furthers=queries.furthers_of(row),
    )
    return (page, 422) if request.method == "POST" else page


@blueprint.route("/<appeal_slug>/ending", methods=["GET", "POST"])
@requires("appeal.change")
def ending(org: str, appeal_slug: str) -> Response | Page:
    """How the appeal ended, prepared: nothing changes for visitors before it is closed."""
    house = brand(organisation().id)
    row = queries.appeal_by_slug(house.id, appeal_slug)
    form = forms.ending_form(languages_of(house)).of(
        forms.stored_ending(row, languages_of(house)), is_posted=request.method == "POST"
    )
    if request.method == "POST":
        answer = _save(org, house, row, form, "ending")
        if answer is not None:
            return answer
    page = render_template(
        "appeals/appeal_ending.html",
        **_around(org, house, row),
        form=form,
        groups=text_fields(form, ("news",), languages_of(house)),
        words=queries.draft_of(row),
    )
    return (page, 422) if request.method == "POST" else page


@blueprint.get("/<appeal_slug>/delete")
@requires("appeal.change")
def delete(org: str, appeal_slug: str) -> str:
    """Ask before a draft is deleted."""
    row = queries.appeal_by_slug(organisation().id, appeal_slug)
    return render_template("appeals/appeal_delete.html", **_around(org, brand(organisation().id), row))


@blueprint.post("/<appeal_slug>/delete")
@requires("appeal.change")
def delete_now(org: str, appeal_slug: str) -> Response:
    """Delete a draft."""
    row = queries.appeal_by_slug(organisation().id, appeal_slug)
    if not Form().validate():
        return redirect(url_for(".delete", org=org, appeal_slug=appeal_slug), code=303)
    service.delete_draft(row)
    flash(_("The draft is deleted"))
    return redirect(url_for(".index", org=org), code=303)


@blueprint.post("/<appeal_slug>/campaign")
@requires("appeal.change")
def set_campaign(org: str, appeal_slug: str) -> Response:
    """Let it belong to a campaign, or to none."""
    row = queries.appeal_by_slug(organisation().id, appeal_slug)
    if Form().validate():
        assign(row.organisation_id, "appeal", row.uid, request.form.get("campaign", ""))
        flash(_("Saved"))
    return redirect(url_for(".edit", org=org, appeal_slug=appeal_slug), code=303)


def languages_of(house: Brand) -> list[str]:
    """The organisation's languages, the default first."""
    return ordered(house.languages, house.default_language)


def _save(org: str, house: Brand, row: Appeal, form: Any, what: str) -> Response | None:
    """Save further information or an ending into the draft; None if it was refused, which the form then shows."""
    here = url_for(f".{what}", org=org, appeal_slug=row.slug)
    if form.is_untouched:
        return saved_redirect(here)
    if not form.validate():
        return None
    make = forms.with_further if what == "further" else forms.with_ending
    with form.refusals(conflicts=""):
        service.change_draft(row, make(form, languages_of(house), queries.draft_of(row)), identity().actor)
        flash(_saved(row))
        return saved_redirect(here)
    return None


def _saved(row: Appeal) -> str:
    return _("Saved. Visitors see it when it is approved and published.") if row.state in OPEN else _("Saved")


def _stored(row: Appeal, house: Brand) -> dict[str, Any]:
    earlier = {one.id: one.slug for one in queries.appeals(house.id)}
    return forms.stored_appeal(row, earlier, languages_of(house))


def _form(house: Brand, row: Appeal | None, stored: dict[str, Any], *, is_posted: bool) -> Any:
    form = forms.appeal_form(languages_of(house)).of(stored, is_posted=is_posted)
    earlier = [one for one in queries.appeals(house.id) if one.published_at is not None and one is not row]
    forms.offer(form, queries.defenders(house.id), earlier)
    return form


def _around(org: str, house: Brand, row: Appeal | None) -> dict[str, Any]:
    """What every page about an appeal shows."""
    return {
        "org": org,
        "brand": house,
        "row": row,
        "showing": showing,
        "queries": queries,
        "button_form": Form(formdata=None),
    }


def _page(org: str, house: Brand, form: Any, row: Appeal | None) -> str:
    return render_template(
        "appeals/appeal.html",
        **_around(org, house, row),
        form=form,
        groups=text_fields(form, forms.WORD_TEXTS, languages_of(house)),
        campaigns=campaign_choices(house.id),
        campaign=campaign_of(house.id, "appeal", row.uid) if row else None,
    )
