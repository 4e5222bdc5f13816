"""Staff pages on which somebody is added, changed or moved to another event, and the list as a file."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from mobilize.core import clock
from mobilize.core.errors import Conflict, NotAllowed, Refused
from mobilize.core.forms import Form
from mobilize.core.i18n import _, current_language
from mobilize.core.permissions import organisation, requires
from mobilize.events.models import Attendance, Event
from mobilize.events.queries import event_by_slug
from mobilize.events.registrations import exports, listing, queries, staff
from mobilize.events.registrations.exports import TYPES, Kind
from mobilize.events.registrations.models import Registration
from mobilize.events.registrations.rules import choices
from mobilize.events.registrations.staff_forms import (
    AddForm,
    MoveForm,
    PlaceForm,
    has_party,
    offer_languages,
    offer_places,
    offer_targets,
)
from mobilize.events.views import languages_of
from mobilize.organisations.queries import Brand, brand

blueprint = Blueprint("registration_staff", __name__, url_prefix="/studio/<org>/calendar/<event_slug>/registrations")

Page = str | tuple[str, int]


@blueprint.get("/add")
@requires("registrations.change")
def ask_add(org: str, event_slug: str) -> str:
    """Whom staff add."""
    house, event = _event(event_slug)
    begun = {"told": True, "party": 1, "language": house.default_language, "attendance": choices(event)[0].value}
    return _adding(org, house, event, AddForm(formdata=None, data=begun))


@blueprint.post("/add")
@requires("registrations.change")
def add(org: str, event_slug: str) -> Response | Page:
    """Add somebody."""
    house, event = _event(event_slug)
    form = AddForm()
    _offer_places(form, house, event)
    if form.validate():
        with form.refusals(conflicts="address"):
            done = staff.add(event, house, form.entered(), form.reason.data or "", told=form.told.data)
            return _done(org, event_slug, done, _("Added to the list"))
    return _adding(org, house, event, form), 422


@blueprint.get("/<registration_uid>/change")
@requires("registrations.change")
def ask_change(org: str, event_slug: str, registration_uid: str) -> str:
    """How somebody takes part, and their language."""
    house, event, row = _registration(event_slug, registration_uid)
    begun = {"told": True, "attendance": row.attendance.value, "language": row.language}
    return _changing(org, house, event, row, PlaceForm(formdata=None, data=begun))


@blueprint.post("/<registration_uid>/change")
@requires("registrations.change")
def change(org: str, event_slug: str, registration_uid: str) -> Response | Page:
    """Change them."""
    house, event, row = _registration(event_slug, registration_uid)
    form = PlaceForm()
    _offer_places(form, house, event, row.language)
    if form.validate():
        with form.refusals(conflicts="attendance"):
            attendance, reason = Attendance(form.attendance.data), form.reason.data or ""
            done = staff.change(row, event, attendance, form.language.data, reason, told=form.told.data)
            return _done(org, event_slug, done, _("Saved"))
    return _changing(org, house, event, row, form), 422


@blueprint.get("/<registration_uid>/move")
@requires("registrations.change")
def ask_move(org: str, event_slug: str, registration_uid: str) -> str:
    """To which event somebody is moved."""
    house, event, row = _registration(event_slug, registration_uid)
    begun = {"told": True, "attendance": row.attendance.value}
    return _moving(org, house, event, row, MoveForm(formdata=None, data=begun))


@blueprint.post("/<registration_uid>/move")
@requires("registrations.change")
def move(org: str, event_slug: str, registration_uid: str) -> Response | Page:
    """Move them."""
    house, event, row = _registration(event_slug, registration_uid)
    form = MoveForm()
    offer_targets(form, staff.targets(event), current_language(), house.default_language)
    if form.validate():
        with form.refusals(conflicts="to"):
            to = event_by_slug(house.id, form.to.data)
            attendance, reason = Attendance(form.attendance.data), form.reason.data or ""
            done = staff.move(row, event, to, attendance, reason, told=form.told.data)
            return _done(org, to.slug, done, _("Moved to this event"))
    return _moving(org, house, event, row, form), 422


@blueprint.post("/export")
@requires("registrations.export")
def export(org: str, event_slug: str) -> Response:
    """The chosen part of the list as a file, with names, addresses and answers."""
    house, event = _event(event_slug)
    if not Form().validate():
        raise NotAllowed(_("This page was open for too long. Go back and try again"))
    kind = Kind.XLSX if request.form.get("as") == Kind.XLSX else Kind.CSV
    try:
        file = exports.export(event, house, listing.chosen(event.id, request.form), kind)
    except Refused as refusal:
        raise Conflict(refusal.message) from None
    name = f"{org}-{event.slug}-{clock.now():%Y-%m-%d}.{kind}"
    answer = send_file(file, TYPES[kind], as_attachment=True, download_name=name)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _event(event_slug: str) -> tuple[Brand, Event]:
    house = brand(organisation().id)
    return house, event_by_slug(house.id, event_slug)


def _registration(event_slug: str, uid: str) -> tuple[Brand, Event, Registration]:
    house, event = _event(event_slug)
    return house, event, queries.registration_by_uid(event.id, uid)


def _offer_places(form: PlaceForm, house: Brand, event: Event, known: str = "") -> None:
    offer_places(form, choices(event))
    offer_languages(form, languages_of(house), known)


def _done(org: str, event_slug: str, done: staff.Done, words: str) -> Response:
    flash(words)
    if done.is_held_back:
        flash(_("They get no email: their address is on “Do not mail”."), "error")
    url = url_for("registration.show", org=org, event_slug=event_slug, registration_uid=done.row.uid)
    return redirect(url, code=303)


def _adding(org: str, house: Brand, event: Event, form: AddForm) -> str:
    _offer_places(form, house, event)
    settings = queries.form_of(event.id)
    return _page("add", org, house, event, form=form, settings=settings, has_party=has_party(settings))


def _changing(org: str, house: Brand, event: Event, row: Registration, form: PlaceForm) -> str:
    _offer_places(form, house, event, row.language)
    return _page("change", org, house, event, form=form, who=queries.registrant(row))


def _moving(org: str, house: Brand, event: Event, row: Registration, form: MoveForm) -> str:
    offer_targets(form, staff.targets(event), current_language(), house.default_language)
    return _page("move", org, house, event, form=form, who=queries.registrant(row))


def _page(name: str, org: str, house: Brand, event: Event, **values: Any) -> str:
    held = queries.held_seats(event.id, clock.now())
    return render_template(f"events/staff_{name}.html", org=org, brand=house, row=event, held=held, **values)
