"""Staff pages of events: the list, the month, an event's facts, publishing it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from mobilize.campaigns.queries import campaign_choices, campaign_of
from mobilize.campaigns.service import assign
from mobilize.core import clock
from mobilize.core.edit_forms import saved_redirect
from mobilize.core.forms import Form
from mobilize.core.i18n import _
from mobilize.core.permissions import organisation, requires
from mobilize.core.text_fields import ordered, text_fields
from mobilize.events import forms, queries, service, showing
from mobilize.events.models import Event
from mobilize.events.months import month_page
from mobilize.events.registrations.drafts import delete_draft
from mobilize.events.undelivered import count_not_reached
from mobilize.organisations.forms import ZONES
from mobilize.organisations.queries import Brand, brand

blueprint = Blueprint("events", __name__, url_prefix="/studio/<org>/calendar")

Page = str | tuple[str, int]


@blueprint.get("")
@requires("event.read")
def index(org: str) -> str:
    """Every event: to come, over, and the drafts among them marked."""
    house, now = brand(organisation().id), clock.now()
    found = queries.events(house.id)
    return render_template(
        "events/index.html",
        org=org,
        brand=house,
        to_come=queries.to_come(found, now),
        over=queries.over(found, now),
        showing=showing,
    )


@blueprint.get("/month")
@requires("event.read")
def month(org: str) -> str:
    """A month of events, this one unless ``?month=2024-02`` asks for another."""
    house = brand(organisation().id)
    page = month_page(
        house,
        request.args.get("month", ""),
        find=lambda first, last: queries.between(house.id, first, last, published=False),
        url=lambda row: url_for("events.edit", org=org, event_slug=row.slug),
    )
    return render_template("events/month.html", org=org, brand=house, page=page)


@blueprint.get("/new")
@requires("event.change")
def new(org: str) -> str:
    """An event with nothing in it yet."""
    house = brand(organisation().id)
    form = _new_form(house, is_posted=False)
    return _page(org, house, form, None)


@blueprint.post("/new")
@requires("event.change")
def create(org: str) -> Response | Page:
    """Make a draft."""
    house = brand(organisation().id)
    form = _new_form(house, is_posted=True)
    if form.validate():
        with form.refusals(conflicts="slug"):
            row = service.create_event(house.id, form.slug.data or "", _facts(form, house), forms.moment(form))
            flash(_("The event is made. Visitors see it when you publish it."))
            return redirect(url_for(".edit", org=org, event_slug=row.slug), code=303)
    return _page(org, house, form, None), 422


@blueprint.get("/<event_slug>")
@requires("event.read")
def edit(org: str, event_slug: str) -> str:
    """An event's facts."""
    house = brand(organisation().id)
    row = queries.event_by_slug(house.id, event_slug)
    return _page(org, house, _event_form(house).of(forms.stored_event(row, languages_of(house)), is_posted=False), row)


@blueprint.post("/<event_slug>")
@requires("event.change")
def change(org: str, event_slug: str) -> Response | Page:
    """Save an event's facts; its moment only while it is a draft."""
    house = brand(organisation().id)
    row = queries.event_by_slug(house.id, event_slug)
    form = _event_form(house).of(forms.stored_event(row, languages_of(house)), is_posted=True)
    here = url_for(".edit", org=org, event_slug=event_slug)
    if form.is_untouched:
        return saved_redirect(here)
    if form.validate():
        with form.refusals(conflicts=""):
            when = None if row.published_at else forms.moment(form)
            service.change_event(row, _facts(form, house, row), when)
            flash(_("Saved"))
            return saved_redirect(here)
    return _page(org, house, form, row), 422


@blueprint.post("/<event_slug>/publish")
@requires("event.change")
def publish(org: str, event_slug: str) -> Response:
    """Show a draft to visitors."""
    row = queries.event_by_slug(organisation().id, event_slug)
    if Form().validate():
        service.publish(row)
        flash(_("Published: visitors see the event now"))
    return redirect(url_for(".edit", org=org, event_slug=event_slug), code=303)


@blueprint.get("/<event_slug>/delete")
@requires("event.change")
def delete(org: str, event_slug: str) -> str:
    """Ask before a draft is deleted."""
    row = queries.event_by_slug(organisation().id, event_slug)
    return render_template(
        "events/delete.html", org=org, row=row, brand=brand(organisation().id), form=Form(formdata=None)
    )


@blueprint.post("/<event_slug>/delete")
@requires("event.change")
def delete_now(org: str, event_slug: str) -> Response:
    """Delete a draft."""
    row = queries.event_by_slug(organisation().id, event_slug)
    if not Form().validate():
        return redirect(url_for(".delete", org=org, event_slug=event_slug), code=303)
    delete_draft(row)
    flash(_("The draft is deleted"))
    return redirect(url_for(".index", org=org), code=303)


@blueprint.post("/<event_slug>/campaign")
@requires("event.change")
def set_campaign(org: str, event_slug: str) -> Response:
    """Let it belong to a campaign, or to none."""
    row = queries.event_by_slug(organisation().id, event_slug)
    if Form().validate():
        assign(row.organisation_id, "event", row.uid, request.form.get("campaign", ""))
        flash(_("Saved"))
    return redirect(url_for(".edit", org=org, event_slug=event_slug), code=303)


def languages_of(house: Brand) -> list[str]:
    """The organisation's languages, the default first."""
    return ordered(house.languages, house.default_language)


def _event_form(house: Brand) -> Any:
    return forms.event_form(languages_of(house))


def _new_form(house: Brand, *, is_posted: bool) -> Any:
    return _event_form(house).of({"timezone": house.timezone, "attendance": "venue"}, is_posted=is_posted)


def _facts(form: Any, house: Brand, row: Event | None = None) -> service.Facts:
    return forms.facts(form, languages_of(house), row)


def _page(org: str, house: Brand, form: Any, row: Event | None) -> str:
    return render_template(
        "events/event.html",
        org=org,
        brand=house,
        form=form,
        groups=text_fields(form, forms.FACT_TEXTS, languages_of(house)),
        row=row,
        zones=ZONES,
        showing=showing,
        now=clock.now(),
        not_reached=count_not_reached(row) if row is not None else 0,
        button_form=Form(formdata=None),
        campaigns=campaign_choices(house.id),
        campaign=campaign_of(house.id, "event", row.uid) if row else None,
    )
