"""Staff pages of an event's pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response
from wtforms import SelectChoice

from mobilize.core.edit_forms import saved_redirect
from mobilize.core.forms import Form
from mobilize.core.i18n import _
from mobilize.core.permissions import organisation, requires
from mobilize.core.text_fields import text_fields
from mobilize.events import picture_forms, pictures, queries
from mobilize.events.models import Event, EventPicture
from mobilize.events.views import languages_of
from mobilize.media.models import Picture
from mobilize.media.queries import newest_pictures
from mobilize.organisations.queries import Brand, brand

blueprint = Blueprint("event_pictures", __name__, url_prefix="/studio/<org>/calendar/<event_slug>/pictures")

Page = str | tuple[str, int]


@blueprint.get("")
@requires("event.read")
def index(org: str, event_slug: str) -> str:
    """The pictures, with buttons to change, order and remove them."""
    house, row = _event(event_slug)
    return render_template(
        "events/pictures.html",
        org=org,
        brand=house,
        row=row,
        pictures=queries.pictures_of(row.id),
        form=Form(formdata=None),
    )


@blueprint.get("/new")
@requires("event.change")
def new(org: str, event_slug: str) -> str:
    """Choose one of the organisation's pictures."""
    house, row = _event(event_slug)
    offered = _offered(row)
    return _new_page(org, house, row, offered, _new_form(house, offered, is_posted=False))


@blueprint.post("/new")
@requires("event.change")
def create(org: str, event_slug: str) -> Response | Page:
    """Show the chosen picture after the others."""
    house, row = _event(event_slug)
    offered = _offered(row)
    form = _new_form(house, offered, is_posted=True)
    if form.validate():
        with form.refusals(conflicts=""):
            pictures.add_picture(row, form.picture.data, picture_forms.facts(form, languages_of(house)))
            flash(_("The event shows the picture now"))
            return redirect(url_for(".index", org=org, event_slug=event_slug), code=303)
    return _new_page(org, house, row, offered, form), 422


@blueprint.get("/<picture_uid>")
@requires("event.change")
def edit(org: str, event_slug: str, picture_uid: str) -> str:
    house, row = _event(event_slug)
    found, picture = queries.event_picture(row.id, picture_uid)
    return _page(org, house, row, found, picture, _form(house, found, is_posted=False))


@blueprint.post("/<picture_uid>")
@requires("event.change")
def change(org: str, event_slug: str, picture_uid: str) -> Response | Page:
    """Save what is said of a picture."""
    house, row = _event(event_slug)
    found, picture = queries.event_picture(row.id, picture_uid)
    form = _form(house, found, is_posted=True)
    back = url_for(".index", org=org, event_slug=event_slug)
    if form.is_untouched:
        return saved_redirect(back)
    if form.validate():
        with form.refusals(conflicts=""):
            pictures.change_picture(row, found, picture_forms.facts(form, languages_of(house), found))
            flash(_("Saved"))
            return saved_redirect(back)
    return _page(org, house, row, found, picture, form), 422


@blueprint.post("/<picture_uid>/<any(up, down, remove):what>")
@requires("event.change")
def rearrange(org: str, event_slug: str, picture_uid: str, what: str) -> Response:
    """Let a picture change places with its neighbour, or take it off the event."""
    _house, row = _event(event_slug)
    found, _picture = queries.event_picture(row.id, picture_uid)
    if Form().validate():
        if what == "remove":
            pictures.remove_picture(row, found)
            flash(_("The event does not show the picture any more"))
        else:
            pictures.move_picture(row, found, up=what == "up")
    return redirect(url_for(".index", org=org, event_slug=event_slug), code=303)


def _event(event_slug: str) -> tuple[Brand, Event]:
    house = brand(organisation().id)
    return house, queries.event_by_slug(house.id, event_slug)


def _offered(row: Event) -> Sequence[Picture]:
    """The organisation's newest pictures that the event does not show yet."""
    shown = {picture.id for _one, picture in queries.pictures_of(row.id)}
    return [one for one in newest_pictures(row.organisation_id) if one.id not in shown]


def _new_form(house: Brand, offered: Sequence[Picture], *, is_posted: bool) -> Any:
    languages = languages_of(house)
    kind = picture_forms.picture_form(picture_forms.NewPictureForm, languages)
    form = kind.of(picture_forms.stored_picture(None, languages), is_posted=is_posted)
    form.picture.choices = [SelectChoice(one.name, one.name) for one in offered]
    return form


def _form(house: Brand, found: EventPicture, *, is_posted: bool) -> Any:
    languages = languages_of(house)
    kind = picture_forms.picture_form(picture_forms.PictureWordsForm, languages)
    return kind.of(picture_forms.stored_picture(found, languages), is_posted=is_posted)


def _new_page(org: str, house: Brand, row: Event, offered: Sequence[Picture], form: Any) -> str:
    groups = text_fields(form, picture_forms.TEXTS, languages_of(house))
    return render_template(
        "events/picture_new.html", org=org, brand=house, row=row, form=form, groups=groups, offered=offered
    )


def _page(org: str, house: Brand, row: Event, found: EventPicture, picture: Picture, form: Any) -> str:
    groups = text_fields(form, picture_forms.TEXTS, languages_of(house))
    return render_template(
        "events/picture.html", org=org, brand=house, row=row, found=found, picture=picture, form=form, groups=groups
    )
