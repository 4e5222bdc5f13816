"""/studio/<org>/people/fields: what an organisation asks people beside their name, in its own fields."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from mobilize.core.edit_forms import saved_redirect
from mobilize.core.errors import Conflict, NotAllowed, NotFound, Refused
from mobilize.core.forms import Form
from mobilize.core.i18n import _, current_language, text_in
from mobilize.core.permissions import organisation, requires
from mobilize.core.settings import Settings
from mobilize.core.text_fields import ordered, text_fields
from mobilize.organisations.queries import brand
from mobilize.questions import queries, service
from mobilize.questions.downloads import sent_file
from mobilize.questions.models import QuestionKind
from mobilize.questions.rules import KIND_WORDS, WITH_CHOICES, Asked, mergeable, own_fields, slug_from
from mobilize.questions.staff_forms import (
    ChangeFieldForm,
    FieldForm,
    choice_rows,
    facts_of,
    form_class,
    stored_values,
)

blueprint = Blueprint("fields", __name__, url_prefix="/studio/<org>/people/fields")

Page = str | tuple[str, int]


@blueprint.get("")
@requires("fields.read")
def index(org: str) -> str:
    """The fields that are asked, in their order, and those that were withdrawn."""
    every = queries.every_question(own_fields(organisation().id))
    return render_template(
        "questions/fields.html",
        org=org,
        brand=brand(organisation().id),
        asked=[one for one in every if not one.ended],
        ended=[one for one in every if one.ended],
        kinds=KIND_WORDS,
        counts=queries.answer_counts(own_fields(organisation().id)),
        press=Form(formdata=None),
    )


@blueprint.get("/kinds")
@requires("fields.change")
def choose(org: str) -> str:
    """Which kind of answer a new field takes."""
    return render_template("questions/kinds.html", org=org, kinds=KIND_WORDS)


@blueprint.get("/new")
@requires("fields.change")
def new(org: str) -> str:
    """A field of the kind that was chosen, with nothing in it yet."""
    kind = _kind()
    return _new_page(org, kind, form_class(FieldForm, _languages(), kind)(formdata=None))


@blueprint.post("/new")
@requires("fields.change")
def create(org: str) -> Response | Page:
    """Make a field."""
    kind = _kind()
    form = form_class(FieldForm, _languages(), kind)()
    if form.validate():
        try:
            facts = facts_of(form, _languages(), kind)
            slug = (form.slug.data or "").strip() or slug_from(facts.labels.get(_languages()[0], ""))
            service.create_question(organisation().id, own_fields(organisation().id), slug, kind, facts)
        except (Refused, Conflict) as refusal:
            _refuse(form, refusal)
        else:
            flash(_("The field is made. Sign-up forms ask it once you choose it there."))
            return redirect(url_for(".index", org=org), code=303)
    return _new_page(org, kind, form), 422


@blueprint.get("/files/<answer_uid>")
@requires("fields.read")
def answered_file(answer_uid: str, **_org: str) -> Response:
    """A file that somebody gave as an answer, from their page in the studio."""
    settings: Settings = current_app.config["SETTINGS"]
    return sent_file(settings.answers_dir, queries.answered_file(organisation().id, answer_uid))


@blueprint.get("/<field_slug>")
@requires("fields.change")
def edit(org: str, field_slug: str) -> str:
    """A field with its words, choices and rules."""
    one = _field(field_slug)
    return _edit_page(org, one, _change_form(one, one.kind, is_posted=False), one.kind)


@blueprint.post("/<field_slug>")
@requires("fields.change")
def change(org: str, field_slug: str) -> Response | Page:
    """Change a field; a button that moves a choice saves the page too."""
    one = _field(field_slug)
    kind = _posted_kind(one)
    form = _change_form(one, kind, is_posted=True)
    if form.is_untouched:
        return saved_redirect(url_for(".index", org=org))
    move = request.form.get("choice", "")
    if form.validate():
        try:
            service.change_question(one.id, facts_of(form, _languages(), kind, one, move), kind)
        except (Refused, Conflict) as refusal:
            _refuse(form, refusal)
        else:
            flash(_("Saved"))
            here = url_for(".edit", org=org, field_slug=one.slug)
            return saved_redirect(here if move else url_for(".index", org=org))
    return _edit_page(org, one, form, kind), 422


@blueprint.post("/<field_slug>/place")
@requires("fields.change")
def place(org: str, field_slug: str) -> Response:
    """Show a field one place earlier or later."""
    _require_own_press()
    service.move_question(_field(field_slug).id, 1 if request.form.get("to") == "down" else -1)
    return redirect(url_for(".index", org=org), code=303)


@blueprint.post("/<field_slug>/end")
@requires("fields.change")
def end(org: str, field_slug: str) -> Response:
    """Ask a field no more."""
    _require_own_press()
    service.end_question(_field(field_slug).id)
    flash(_("The field is asked no more. Answers stay."))
    return redirect(url_for(".index", org=org), code=303)


@blueprint.post("/<field_slug>/again")
@requires("fields.change")
def again(org: str, field_slug: str) -> Response:
    """Ask a withdrawn field again."""
    _require_own_press()
    service.ask_again(_field(field_slug).id)
    flash(_("The field is asked again."))
    return redirect(url_for(".index", org=org), code=303)


def _field(slug: str) -> Asked:
    return queries.as_asked([queries.question_row(own_fields(organisation().id), slug)])[0]


def _kind() -> QuestionKind:
    """The kind that the address names; without one, a short text."""
    wanted = request.args.get("kind", QuestionKind.SHORT_TEXT.value)
    if wanted not in set(QuestionKind):
        raise NotFound("kind")
    return QuestionKind(wanted)


def _posted_kind(one: Asked) -> QuestionKind:
    """The kind that the page sent, while nobody has answered; a program that sends none keeps it."""
    typed = request.form.get("kind", "")
    return QuestionKind(typed) if typed in set(QuestionKind) else one.kind


def _languages() -> list[str]:
    house = brand(organisation().id)
    return ordered(house.languages, house.default_language)


def _change_form(one: Asked, kind: QuestionKind, *, is_posted: bool) -> ChangeFieldForm:
    made = form_class(ChangeFieldForm, _languages(), kind, one)
    return made.of(stored_values(one, _languages()), is_posted=is_posted)


def _new_page(org: str, kind: QuestionKind, form: FieldForm) -> str:
    return render_template(
        "questions/field.html",
        org=org,
        form=form,
        row=None,
        kind=KIND_WORDS[kind],
        groups=text_fields(form, ("labels", "hints"), _languages()),
        choices=choice_rows(form, _languages(), kind),
    )


def _edit_page(org: str, one: Asked, form: ChangeFieldForm, kind: QuestionKind) -> str:
    house = brand(organisation().id)
    return render_template(
        "questions/field.html",
        org=org,
        form=form,
        row=one,
        name=text_in(dict(one.labels), current_language(), house.default_language),
        kind=KIND_WORDS[one.kind],
        count=queries.answer_count(one.id),
        merges=mergeable(one) and not one.ended,
        groups=text_fields(form, ("labels", "hints"), _languages()),
        choices=choice_rows(form, _languages(), kind, one) if kind in WITH_CHOICES else [],
        press=Form(formdata=None),
    )


def _refuse(form: Form, refusal: Refused | Conflict) -> None:
    """A text's refusal names its kind; it stands beside the first language's field. A conflict is about the name."""
    named = refusal.field if isinstance(refusal, Refused) else "slug" if "slug" in form else ""
    if named == "choices":
        named = next((name for name in form.data if name.startswith("choice_")), "")
    form.refuse(Refused(named if named in form else f"{named}_{_languages()[0]}", refusal.message))


def _require_own_press() -> None:
    if not Form().validate():
        raise NotAllowed(_("This page was open for too long. Go back and try again"))
