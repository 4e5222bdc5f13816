"""Staff pages of who speaks at a point of an event's programme."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from mobilize.core.edit_forms import saved_redirect
from mobilize.core.forms import Form
from mobilize.core.i18n import _
from mobilize.core.permissions import organisation, requires
from mobilize.core.text_fields import text_fields
from mobilize.events import queries, speaker_forms, speakers
from mobilize.events.models import AgendaPoint, Event, Speaker
from mobilize.events.views import languages_of
from mobilize.organisations.queries import Brand, brand

blueprint = Blueprint("speakers", __name__, url_prefix="/studio/<org>/calendar/<event_slug>/programme/<point_uid>")

Page = str | tuple[str, int]


@blueprint.get("/speakers/new")
@requires("event.change")
def new(org: str, event_slug: str, point_uid: str) -> str:
    """Somebody with nothing written about them yet."""
    house, row, point = _point(event_slug, point_uid)
    return _page(org, house, row, point, None, _form(house, None, is_posted=False))


@blueprint.post("/speakers/new")
@requires("event.change")
def create(org: str, event_slug: str, point_uid: str) -> Response | Page:
    """Add somebody at the end of the point."""
    house, row, point = _point(event_slug, point_uid)
    form = _form(house, None, is_posted=True)
    if form.validate():
        with form.refusals(conflicts=""):
            speakers.add_speaker(row, point, speaker_forms.facts(form, languages_of(house)))
            flash(_("Added to the programme"))
            return redirect(_back(org, event_slug, point_uid), code=303)
    return _page(org, house, row, point, None, form), 422


@blueprint.get("/speakers/<speaker_uid>")
@requires("event.change")
def edit(org: str, event_slug: str, point_uid: str, speaker_uid: str) -> str:
    house, row, point = _point(event_slug, point_uid)
    speaker = queries.speaker(point.id, speaker_uid)
    return _page(org, house, row, point, speaker, _form(house, speaker, is_posted=False))


@blueprint.post("/speakers/<speaker_uid>")
@requires("event.change")
def change(org: str, event_slug: str, point_uid: str, speaker_uid: str) -> Response | Page:
    """Save what is written about somebody."""
    house, row, point = _point(event_slug, point_uid)
    speaker = queries.speaker(point.id, speaker_uid)
    form = _form(house, speaker, is_posted=True)
    back = _back(org, event_slug, point_uid)
    if form.is_untouched:
        return saved_redirect(back)
    if form.validate():
        with form.refusals(conflicts=""):
            speakers.change_speaker(row, speaker, speaker_forms.facts(form, languages_of(house), speaker))
            flash(_("Saved"))
            return saved_redirect(back)
    return _page(org, house, row, point, speaker, form), 422


@blueprint.post("/speakers/<speaker_uid>/<any(up, down, remove):what>")
@requires("event.change")
def rearrange(org: str, event_slug: str, point_uid: str, speaker_uid: str, what: str) -> Response:
    """Let somebody change places with their neighbour, or take them off."""
    _house, row, point = _point(event_slug, point_uid)
    speaker = queries.speaker(point.id, speaker_uid)
    if Form().validate():
        if what == "remove":
            speakers.remove_speaker(row, speaker)
            flash(_("Removed from the programme"))
        else:
            speakers.move_speaker(row, speaker, up=what == "up")
    return redirect(_back(org, event_slug, point_uid), code=303)


def _point(event_slug: str, point_uid: str) -> tuple[Brand, Event, AgendaPoint]:
    house = brand(organisation().id)
    row = queries.event_by_slug(house.id, event_slug)
    return house, row, queries.agenda_point(row.id, point_uid)


def _back(org: str, event_slug: str, point_uid: str) -> str:
    return url_for("agenda.edit", org=org, event_slug=event_slug, point_uid=point_uid)


def _form(house: Brand, speaker: Speaker | None, *, is_posted: bool) -> Any:
    languages = languages_of(house)
    kind = speaker_forms.speaker_form(languages)
    return kind.of(speaker_forms.stored_speaker(speaker, languages), is_posted=is_posted)


def _page(org: str, house: Brand, row: Event, point: AgendaPoint, speaker: Speaker | None, form: Any) -> str:
    return render_template(
        "events/speaker.html",
        org=org,
        brand=house,
        row=row,
        point=point,
        speaker=speaker,
        form=form,
        groups=text_fields(form, speaker_forms.TEXTS, languages_of(house)),
    )
