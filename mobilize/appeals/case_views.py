"""/studio/<org>/defenders/<uid>/…: reviews of a case, its timeline, its sources looked at again, its pictures."""

from __future__ import annotations

from typing import Any

from babel.core import Locale
from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from mobilize.appeals import forms, pictures, queries, service, showing
from mobilize.appeals.models import CaseEvent, Defender
from mobilize.appeals.picture_forms import PublishedPictureForm
from mobilize.appeals.rules import ReviewKind, partial_date
from mobilize.core import db
from mobilize.core.errors import NotFound, Refused
from mobilize.core.forms import Form
from mobilize.core.i18n import _, current_language
from mobilize.core.permissions import organisation, requires
from mobilize.core.settings import Settings
from mobilize.core.text_fields import ordered, text_fields, texts_of
from mobilize.media.service import StoredPicture, add_picture, require_room, store_picture
from mobilize.organisations.queries import Brand, brand

blueprint = Blueprint("defender_cases", __name__, url_prefix="/studio/<org>/defenders/<defender_uid>")

Page = str | tuple[str, int] | Response


@blueprint.get("/reviews/<review_kind>")
@requires("defender.change")
def review(org: str, defender_uid: str, review_kind: str) -> Page:
    """What was found, when, by whom."""
    row, kind = _row(defender_uid), _kind(review_kind)
    gate = queries.gate_of(row)
    today = queries.today_in(row.organisation_id)
    form = forms.review_form(kind, formdata=None, data={"on": today, "scope": sorted(gate.scope)})
    return _review_page(org, row, kind, form)


@blueprint.post("/reviews/<review_kind>")
@requires("defender.change")
def add_review(org: str, defender_uid: str, review_kind: str) -> Page:
    """Add a review; what the gate held goes on, or stops, in the same commit."""
    row, kind = _row(defender_uid), _kind(review_kind)
    form = forms.review_form(kind)
    if form.validate():
        with form.refusals():
            service.add_review(row, kind, forms.review_of(form), form.words.data or "")
    if form.errors:
        return _review_page(org, row, kind, form), 422
    flash(_("The review is added. %(state)s", state=showing.gate_words(queries.gate_of(row))))
    return _back(org, row)


@blueprint.get("/events/new")
@requires("defender.change")
def new_event(org: str, defender_uid: str) -> Page:
    """Something that happened, and who says so."""
    row = _row(defender_uid)
    return _event_page(org, row, _event_form(brand(row.organisation_id), is_posted=False))


@blueprint.post("/events/new")
@requires("defender.change")
def add_event(org: str, defender_uid: str) -> Page:
    """Add it to the timeline."""
    row = _row(defender_uid)
    house = brand(row.organisation_id)
    form = _event_form(house, is_posted=True)
    if form.validate():
        try:
            when = partial_date("when", form.when.data or "")
            service.add_event(row, when, texts_of(form, "texts", _languages(house)), forms.source(form))
        except Refused as refusal:
            named = f"texts_{house.default_language}" if refusal.field == "texts" else refusal.field
            form.refuse(Refused(named, refusal.message))
    if form.errors:
        return _event_page(org, row, form), 422
    flash(_("The event is added to the timeline"))
    return _back(org, row)


@blueprint.post("/events/<event_uid>/remove")
@requires("defender.change")
def remove_event(org: str, defender_uid: str, event_uid: str) -> Page:
    """Take an event off the timeline."""
    row = _row(defender_uid)
    event = queries.event_of(row.id, event_uid)
    if Form().validate():
        service.remove_event(row, event)
        flash(_("The event is taken off the timeline"))
    return _back(org, row)


@blueprint.get("/events/<event_uid>/source")
@requires("defender.change")
def source(org: str, defender_uid: str, event_uid: str) -> Page:
    """A source as it was kept, and a form to compare it with what it says now."""
    row = _row(defender_uid)
    return _source_page(org, row, queries.event_of(row.id, event_uid), forms.SourceForm(formdata=None))


@blueprint.post("/events/<event_uid>/source")
@requires("defender.change")
def check_source(org: str, defender_uid: str, event_uid: str) -> Page:
    """Compare it; a text that changed is shown beside the one that was kept."""
    row = _row(defender_uid)
    event = queries.event_of(row.id, event_uid)
    form = forms.SourceForm()
    if form.validate():
        with form.refusals(conflicts="copy"):
            found = forms.file_hash(form.file.data)
            if service.check_source(row, event, copy=form.copy.data or "", file_hash=found):
                flash(_("The source is the same as when it was entered"))
                return _back(org, row)
    if form.errors:
        return _source_page(org, row, event, form), 422
    return _source_page(org, row, event, form, now=service.plain_copy(form.copy.data or ""))


@blueprint.get("/pictures/new")
@requires("defender.change")
def new_picture(org: str, defender_uid: str) -> Page:
    """Choose a picture, and say who agreed that it is published."""
    row = _row(defender_uid)
    return _picture_page(org, row, _picture_form(brand(row.organisation_id), is_posted=False))


@blueprint.post("/pictures/new")
@requires("defender.change")
def add_picture_of(org: str, defender_uid: str) -> Page:
    """Store it and add it."""
    row = _row(defender_uid)
    house = brand(row.organisation_id)
    form = _picture_form(house, is_posted=True)
    if form.validate():
        with form.refusals(conflicts="picture"):
            stored = _stored(form)
            row = _row(defender_uid)
            picture = add_picture(row.organisation_id, stored)
            alternatives = texts_of(form, "alternatives", _languages(house))
            pictures.publish_picture(row, picture, form.consented_on.data, form.consent.data or "", alternatives)
    if form.errors:
        return _picture_page(org, row, form), 422
    flash(_("The picture is added. Pages show it while the consent allows pictures."))
    return _back(org, row)


@blueprint.post("/pictures/<picture_uid>/remove")
@requires("defender.change")
def remove_picture(org: str, defender_uid: str, picture_uid: str) -> Page:
    """Take a picture off the defender's pages."""
    row = _row(defender_uid)
    picture = pictures.picture_of(row.id, picture_uid)
    if Form().validate():
        pictures.remove_picture(row, picture)
        flash(_("The picture is taken off. Emails that were sent keep it."))
    return _back(org, row)


def _row(uid: str) -> Defender:
    return queries.defender_by_uid(organisation().id, uid)


def _kind(name: str) -> ReviewKind:
    """Raises NotFound: there is no such kind of review."""
    try:
        return ReviewKind(name)
    except ValueError:
        raise NotFound("review") from None


def _languages(house: Brand) -> list[str]:
    return ordered(house.languages, house.default_language)


def _event_form(house: Brand, *, is_posted: bool) -> Any:
    made = forms.event_form(_languages(house))
    form = made() if is_posted else made(formdata=None)
    spoken = Locale.parse(current_language()).languages.items()
    named = sorted(((code, str(name)) for code, name in spoken if len(code) == 2), key=lambda one: one[1].casefold())
    forms.offer_source(form, named)
    return form


def _picture_form(house: Brand, *, is_posted: bool) -> Any:
    made = PublishedPictureForm.in_languages(_languages(house))
    return made() if is_posted else made(formdata=None, data={"consented_on": queries.today_in(house.id)})


def _stored(form: Any) -> StoredPicture:
    """Decode without the lock that a writing unit holds since it found out who is asking."""
    settings: Settings = current_app.config["SETTINGS"]
    require_room(organisation().id, settings.media_megabytes)
    db.release()
    return store_picture(form.data_of(), settings.media_dir)


def _review_page(org: str, row: Defender, kind: ReviewKind, form: forms.ReviewForm) -> str:
    limit = queries.limits_of(row.organisation_id).days(kind)
    return render_template(
        "appeals/review.html", org=org, row=row, name=showing.name_of(row), title=showing.REVIEW[kind], form=form,
        limit=limit,
    )  # fmt: skip


def _event_page(org: str, row: Defender, form: Any) -> str:
    house = brand(row.organisation_id)
    groups = text_fields(form, ["texts"], _languages(house))
    return render_template("appeals/event.html", org=org, row=row, name=showing.name_of(row), form=form, groups=groups)


def _source_page(org: str, row: Defender, event: CaseEvent, form: forms.SourceForm, now: str = "") -> str:
    return render_template(
        "appeals/source.html", org=org, row=row, name=showing.name_of(row), event=event, form=form, now=now,
        source=showing.source_of(event), zone=brand(row.organisation_id).timezone,
    )  # fmt: skip


def _picture_page(org: str, row: Defender, form: Any) -> str:
    groups = text_fields(form, ["alternatives"], _languages(brand(row.organisation_id)))
    return render_template(
        "appeals/picture.html", org=org, row=row, name=showing.name_of(row), form=form, groups=groups
    )


def _back(org: str, row: Defender) -> Response:
    return redirect(url_for("defenders.show", org=org, defender_uid=row.uid), code=303)
