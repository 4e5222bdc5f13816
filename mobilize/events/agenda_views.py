"""Staff pages of an event's programme: its points in their order."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from mobilize.core.edit_forms import saved_redirect
from mobilize.core.forms import Form
from mobilize.core.i18n import _
from mobilize.core.permissions import organisation, requires
from mobilize.core.text_fields import text_fields
from mobilize.core.when import Precision, When, unknown
from mobilize.events import forms, queries, service, showing
from mobilize.events.models import AgendaPoint, Event
from mobilize.events.views import languages_of
from mobilize.organisations.queries import Brand, brand

blueprint = Blueprint("agenda", __name__, url_prefix="/studio/<org>/calendar/<event_slug>/programme")

Page = str | tuple[str, int]


@blueprint.get("")
@requires("event.read")
def index(org: str, event_slug: str) -> str:
    """The points, with buttons to change, order and remove them."""
    house, row = _event(event_slug)
    points = queries.agenda(row.id)
    return render_template(
        "events/agenda.html",
        org=org,
        brand=house,
        row=row,
        points=points,
        speakers=queries.speakers_of(points),
        showing=showing,
        form=Form(formdata=None),
    )


@blueprint.get("/new")
@requires("event.change")
def new(org: str, event_slug: str) -> str:
    """A point with nothing in it yet."""
    house, row = _event(event_slug)
    return _page(org, house, row, None, forms.point_form(languages_of(house)).of({}, is_posted=False))


@blueprint.post("/new")
@requires("event.change")
def create(org: str, event_slug: str) -> Response | Page:
    """Add a point at the end."""
    house, row = _event(event_slug)
    form = forms.point_form(languages_of(house)).of({}, is_posted=True)
    if form.validate():
        with form.refusals(conflicts=""):
            service.add_point(row, forms.point(form, languages_of(house), row))
            flash(_("Added to the programme"))
            return redirect(url_for(".index", org=org, event_slug=event_slug), code=303)
    return _page(org, house, row, None, form), 422


@blueprint.get("/<point_uid>")
@requires("event.change")
def edit(org: str, event_slug: str, point_uid: str) -> str:
    """A point of the programme."""
    house, row = _event(event_slug)
    point = queries.agenda_point(row.id, point_uid)
    return _page(org, house, row, point, _point_form(house, row, point, is_posted=False))


@blueprint.post("/<point_uid>")
@requires("event.change")
def change(org: str, event_slug: str, point_uid: str) -> Response | Page:
    """Save a point."""
    house, row = _event(event_slug)
    point = queries.agenda_point(row.id, point_uid)
    form = _point_form(house, row, point, is_posted=True)
    back = url_for(".index", org=org, event_slug=event_slug)
    if form.is_untouched:
        return saved_redirect(back)
    if form.validate():
        with form.refusals(conflicts=""):
            service.change_point(row, point, forms.point(form, languages_of(house), row, point))
            flash(_("Saved"))
            return saved_redirect(back)
    return _page(org, house, row, point, form), 422


@blueprint.post("/<point_uid>/<any(up, down, remove):what>")
@requires("event.change")
def rearrange(org: str, event_slug: str, point_uid: str, what: str) -> Response:
    """Let a point change places with its neighbour, or take it off."""
    _house, row = _event(event_slug)
    point = queries.agenda_point(row.id, point_uid)
    if Form().validate():
        if what == "remove":
            service.remove_point(row, point)
            flash(_("Removed from the programme"))
        else:
            service.move_point(row, point, up=what == "up")
    return redirect(url_for(".index", org=org, event_slug=event_slug), code=303)


def _event(event_slug: str) -> tuple[Brand, Event]:
    house = brand(organisation().id)
    return house, queries.event_by_slug(house.id, event_slug)


def _point_form(house: Brand, row: Event, point: AgendaPoint, *, is_posted: bool) -> Any:
    known = When(Precision.TIME, row.timezone, point.starts_at, point.ends_at)
    when = known if point.starts_at else unknown(row.timezone)
    kind = forms.point_form(languages_of(house))
    return kind.of(forms.stored_point(point, when, languages_of(house)), is_posted=is_posted)


def _page(org: str, house: Brand, row: Event, point: AgendaPoint | None, form: Any) -> str:
    return render_template(
        "events/point.html",
        org=org,
        brand=house,
        row=row,
        point=point,
        speakers=queries.speakers_of([point])[point.id] if point else (),
        showing=showing,
        form=form,
        button_form=Form(formdata=None),
        groups=text_fields(form, forms.POINT_TEXTS, languages_of(house)),
    )
