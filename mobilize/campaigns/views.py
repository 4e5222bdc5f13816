"""Staff pages of campaigns: the list, a campaign with all that belongs to it, its facts, a new edition."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from mobilize.campaigns import forms, queries, service, showing
from mobilize.campaigns.models import Campaign
from mobilize.core.edit_forms import saved_redirect
from mobilize.core.forms import Form
from mobilize.core.i18n import _
from mobilize.core.permissions import member, organisation, requires
from mobilize.core.text_fields import ordered, text_fields
from mobilize.organisations.queries import Brand, brand

blueprint = Blueprint("campaigns", __name__, url_prefix="/studio/<org>/campaigns")

Page = str | tuple[str, int]


@blueprint.get("")
@requires("campaign.read")
def index(org: str) -> str:
    """Every campaign, those without dates first."""
    house = brand(organisation().id)
    return render_template(
        "campaigns/index.html", org=org, brand=house, campaigns=queries.campaigns(house.id), showing=showing
    )


@blueprint.get("/new")
@requires("campaign.change")
def new(org: str) -> str:
    """A campaign with nothing in it yet."""
    house = brand(organisation().id)
    return _form_page(org, house, _form(house, {"languages": list(house.languages)}, is_posted=False), None)


@blueprint.post("/new")
@requires("campaign.change")
def create(org: str) -> Response | Page:
    """Make a draft."""
    house = brand(organisation().id)
    form = _form(house, {}, is_posted=True)
    if form.validate():
        with form.refusals(conflicts="slug"):
            facts, when = forms.facts(form, _languages(house)), forms.moment(form, house)
            row = service.create_campaign(house.id, form.slug.data or "", facts, when)
            flash(_("The campaign is made. Visitors see it when you publish it."))
            return redirect(url_for(".show", org=org, campaign_slug=row.slug), code=303)
    return _form_page(org, house, form, None), 422


@blueprint.get("/<campaign_slug>")
@requires("campaign.read")
def show(org: str, campaign_slug: str) -> str:
    """A campaign: its facts, its documents, and a timeline of what belongs to it."""
    house = brand(organisation().id)
    row = queries.campaign_by_slug(house.id, campaign_slug)
    entries = showing.belongings(row, house, visitors=False)
    return render_template(
        "campaigns/campaign.html",
        org=org,
        brand=house,
        row=row,
        entries=[one for one in entries if not one.permission or member().may(one.permission)],
        documents=queries.documents(row.id),
        showing=showing,
        form=Form(formdata=None),
    )


@blueprint.get("/<campaign_slug>/edit")
@requires("campaign.change")
def edit(org: str, campaign_slug: str) -> str:
    """A campaign's facts."""
    house = brand(organisation().id)
    row = queries.campaign_by_slug(house.id, campaign_slug)
    return _form_page(org, house, _form(house, forms.stored_campaign(row, _languages(house)), is_posted=False), row)


@blueprint.post("/<campaign_slug>/edit")
@requires("campaign.change")
def change(org: str, campaign_slug: str) -> Response | Page:
    """Save a campaign's facts."""
    house = brand(organisation().id)
    row = queries.campaign_by_slug(house.id, campaign_slug)
    form = _form(house, forms.stored_campaign(row, _languages(house)), is_posted=True)
    here = url_for(".show", org=org, campaign_slug=campaign_slug)
    if form.is_untouched:
        return saved_redirect(here)
    if form.validate():
        with form.refusals(conflicts="slug"):
            service.change_campaign(row, forms.facts(form, _languages(house), row), forms.moment(form, house))
            flash(_("Saved"))
            return saved_redirect(here)
    return _form_page(org, house, form, row), 422


@blueprint.post("/<campaign_slug>/publish")
@requires("campaign.change")
def publish(org: str, campaign_slug: str) -> Response:
    """Show a draft to visitors."""
    row = queries.campaign_by_slug(organisation().id, campaign_slug)
    if Form().validate():
        service.publish(row)
        flash(_("Published: visitors see the campaign now"))
    return redirect(url_for(".show", org=org, campaign_slug=campaign_slug), code=303)


@blueprint.get("/<campaign_slug>/edition")
@requires("campaign.change")
def edition(org: str, campaign_slug: str) -> str:
    """What a new edition takes over, and its short name."""
    return _edition_page(
        org, queries.campaign_by_slug(organisation().id, campaign_slug), forms.EditionForm(formdata=None)
    )


@blueprint.post("/<campaign_slug>/edition")
@requires("campaign.change")
def make_edition(org: str, campaign_slug: str) -> Response | Page:
    """Make the next edition as a draft."""
    row = queries.campaign_by_slug(organisation().id, campaign_slug)
    form = forms.EditionForm()
    if form.validate():
        with form.refusals(conflicts="slug"):
            made = service.make_edition(row, form.slug.data or "")
            flash(_("The new edition is a draft. Nothing of it has a date, and nothing will be sent."))
            return redirect(url_for(".show", org=org, campaign_slug=made.slug), code=303)
    return _edition_page(org, row, form), 422


@blueprint.get("/<campaign_slug>/delete")
@requires("campaign.change")
def delete(org: str, campaign_slug: str) -> str:
    """Ask before a draft is deleted."""
    house = brand(organisation().id)
    row = queries.campaign_by_slug(house.id, campaign_slug)
    return render_template("campaigns/delete.html", org=org, row=row, brand=house, form=Form(formdata=None))


@blueprint.post("/<campaign_slug>/delete")
@requires("campaign.change")
def delete_now(org: str, campaign_slug: str) -> Response:
    """Delete a draft."""
    row = queries.campaign_by_slug(organisation().id, campaign_slug)
    if not Form().validate():
        return redirect(url_for(".delete", org=org, campaign_slug=campaign_slug), code=303)
    service.delete_draft(row)
    flash(_("The draft is deleted"))
    return redirect(url_for(".index", org=org), code=303)


def _languages(house: Brand) -> list[str]:
    return ordered(house.languages, house.default_language)


def _form(house: Brand, values: dict[str, Any], *, is_posted: bool) -> Any:
    form = forms.campaign_form(_languages(house)).of(values, is_posted=is_posted)
    forms.offer(form)
    return form


def _form_page(org: str, house: Brand, form: Any, row: Campaign | None) -> str:
    return render_template(
        "campaigns/edit.html",
        org=org,
        brand=house,
        form=form,
        row=row,
        groups=text_fields(form, forms.TEXTS, _languages(house)),
    )


def _edition_page(org: str, row: Campaign, form: forms.EditionForm) -> str:
    return render_template("campaigns/edition.html", org=org, brand=brand(row.organisation_id), row=row, form=form)
