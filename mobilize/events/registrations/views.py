"""Staff pages of registrations: who comes, how people register, taking somebody off."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from mobilize.core import clock
from mobilize.core.edit_forms import saved_redirect
from mobilize.core.forms import Form
from mobilize.core.i18n import _
from mobilize.core.permissions import organisation, requires
from mobilize.core.text import one_line
from mobilize.core.text_fields import text_fields
from mobilize.events import showing
from mobilize.events.models import Event
from mobilize.events.queries import event_by_slug
from mobilize.events.registrations import forms, listing, queries, service, words
from mobilize.events.registrations.filter_forms import filter_form
from mobilize.events.views import languages_of
from mobilize.organisations.queries import Brand, brand

blueprint = Blueprint("registrations", __name__, url_prefix="/studio/<org>/calendar/<event_slug>/registrations")

Page = str | tuple[str, int]


@blueprint.get("")
@requires("registrations.list")
def index(org: str, event_slug: str) -> str:
    """Who comes, all or those that filters choose, in the order in which they registered; and how full the room is."""
    house, event = _event(event_slug)
    form, wanted = queries.form_of(event.id), listing.chosen(event.id, request.args)
    found = listing.listed(event.id, wanted, after=request.args.get("after", ""), at_most=queries.PAGE + 1)
    return render_template(
        "events/registrations.html",
        org=org,
        brand=house,
        row=event,
        form=form,
        people=found[: queries.PAGE],
        next_after=found[queries.PAGE - 1].row.uid if len(found) > queries.PAGE else "",
        wanted=wanted,
        chosen_count=listing.total(event.id, wanted),
        filters=filter_form(event.id, house, wanted),
        press=Form(formdata=None),
        counts=queries.counts(event.id),
        held=queries.held_seats(event.id, clock.now()),
        words=words,
        showing=showing,
    )


@blueprint.get("/form")
@requires("event.change")
def edit(org: str, event_slug: str) -> str:
    """How people register."""
    house, event = _event(event_slug)
    return _page(org, house, event, _settings_form(house, event, is_posted=False))


@blueprint.post("/form")
@requires("event.change")
def change(org: str, event_slug: str) -> Response | Page:
    """Save how people register."""
    house, event = _event(event_slug)
    form = _settings_form(house, event, is_posted=True)
    back = url_for(".index", org=org, event_slug=event_slug)
    if form.is_untouched:
        return saved_redirect(back)
    if form.validate():
        row = queries.form_of(event.id)
        with form.refusals():
            service.change_form(event, forms.form_facts(form, event, row, languages_of(house)))
            flash(_("Saved"))
            return saved_redirect(back)
    return _page(org, house, event, form), 422


@blueprint.get("/<registration_uid>/remove")
@requires("registrations.change")
def ask_remove(org: str, event_slug: str, registration_uid: str) -> str:
    """Why somebody is taken off, and whether they are told."""
    return _removing(org, event_slug, registration_uid, forms.RemoveForm(formdata=None, data={"told": True}))


@blueprint.post("/<registration_uid>/remove")
@requires("registrations.change")
def remove(org: str, event_slug: str, registration_uid: str) -> Response | Page:
    """Take somebody off."""
    _house, event = _event(event_slug)
    form = forms.RemoveForm()
    if form.validate():
        with form.refusals():
            reason = one_line("reason", form.reason.data or "")
            row = queries.registration_by_uid(event.id, registration_uid)
            service.remove(row, event, reason, told=form.told.data)
            flash(_("Taken off the list"))
            return redirect(url_for(".index", org=org, event_slug=event_slug), code=303)
    return _removing(org, event_slug, registration_uid, form), 422


def _event(event_slug: str) -> tuple[Brand, Event]:
    house = brand(organisation().id)
    return house, event_by_slug(house.id, event_slug)


def _settings_form(house: Brand, event: Event, *, is_posted: bool) -> Any:
    languages = languages_of(house)
    stored = forms.stored_settings(queries.form_of(event.id), event.timezone, languages)
    return forms.settings_form(languages).of(stored, is_posted=is_posted)


def _page(org: str, house: Brand, event: Event, form: Any) -> str:
    groups = text_fields(form, ("wordings",), languages_of(house))
    return render_template("events/registration_form.html", org=org, brand=house, row=event, form=form, groups=groups)


def _removing(org: str, event_slug: str, uid: str, form: forms.RemoveForm) -> str:
    house, event = _event(event_slug)
    found = queries.registrant(queries.registration_by_uid(event.id, uid))
    return render_template("events/registration_remove.html", org=org, brand=house, row=event, who=found, form=form)
