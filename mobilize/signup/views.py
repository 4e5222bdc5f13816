"""Staff pages of sign-up forms: what they offer, what they say, and what people agree to."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from mobilize.core.i18n import _, current_language, text_in
from mobilize.core.links import organisation_url
from mobilize.core.permissions import organisation, requires
from mobilize.core.text_fields import AnyForm, ordered, text_fields, text_values, with_texts
from mobilize.organisations.queries import Brand, brand
from mobilize.questions.forms import Words
from mobilize.signup import queries, service
from mobilize.signup.forms import TEXTS, EditForm, NewForm, form_facts
from mobilize.signup.models import SignupForm
from mobilize.signup.service import FormFacts
from mobilize.subscribers.queries import lists

blueprint = Blueprint("forms", __name__, url_prefix="/studio/<org>/people/forms")

Page = str | tuple[str, int]


@blueprint.get("")
@requires("people.read")
def index(org: str) -> str:
    """Every form and the page where it stands."""
    house = brand(organisation().id)
    rows = [(row, public_url(house, row)) for row in queries.forms(house.id)]
    return render_template("signup/forms.html", org=org, rows=rows, brand=house)


@blueprint.get("/new")
@requires("forms.change")
def new(org: str) -> str:
    """A form with nothing in it yet; the first one is the main one."""
    house = brand(organisation().id)
    slug = "" if queries.forms(house.id) else queries.DEFAULT_FORM
    every = [row.uid for row in lists(house.id) if row.is_public]
    values = {"slug": slug, "lists": every, "asks_first_name": True}
    return _page(org, house, _form(NewForm, house)(formdata=None, data=values), None)


@blueprint.post("/new")
@requires("forms.change")
def create(org: str) -> Response | Page:
    """Make a form."""
    house = brand(organisation().id)
    form = _offering(_form(NewForm, house)(), house)
    if form.validate():
        with form.refusals(conflicts="slug"):
            service.create_form(house.id, form.slug.data or "", _facts(form, house))
            flash(_("The form is made"))
            return redirect(url_for(".index", org=org), code=303)
    return _page(org, house, form, None), 422


@blueprint.get("/<form_slug>")
@requires("forms.change")
def edit(org: str, form_slug: str) -> str:
    """A form with its newest wording."""
    house = brand(organisation().id)
    row = queries.form_by_slug(house.id, form_slug)
    texts = {"titles": row.titles, "introductions": row.introductions, "thanks": row.thanks}
    texts["wording"] = queries.newest_wording(row.id).texts
    values: dict[str, object] = {"asks_first_name": row.asks_first_name, "asks_last_name": row.asks_last_name}
    values["questions"] = [one.uid for one in queries.fields_of(row)]
    values["lists"] = [one.uid for one in lists(house.id) if one.id in row.list_ids]
    for name, words in texts.items():
        values |= text_values(name, words, house.languages)
    return _page(org, house, _form(EditForm, house)(formdata=None, data=values), row)


@blueprint.post("/<form_slug>")
@requires("forms.change")
def change(org: str, form_slug: str) -> Response | Page:
    """Change a form; another wording becomes a new version."""
    house = brand(organisation().id)
    row = queries.form_by_slug(house.id, form_slug)
    form = _offering(_form(EditForm, house)(), house)
    if form.validate():
        with form.refusals():
            service.change_form(row, _facts(form, house))
            flash(_("Saved"))
            return redirect(url_for(".index", org=org), code=303)
    return _page(org, house, form, row), 422


def public_url(house: Brand, row: SignupForm) -> str:
    """Where visitors find a form."""
    main = row.slug == queries.DEFAULT_FORM
    return organisation_url(house.slug, "/subscribe" if main else f"/subscribe/{row.slug}")


def _form(kind: type[AnyForm], house: Brand) -> type[AnyForm]:
    texts = {
        "titles": (_("Title"), 120),
        "introductions": (_("Introduction"), 2000),
        "wording": (_("What people agree to"), 2000),
        "thanks": (_("Thanks, after confirming"), 2000),
    }
    return with_texts(kind, ordered(house.languages, house.default_language), texts, required="wording")


def _offering(form: AnyForm, house: Brand) -> AnyForm:
    names = [(row.uid, text_in(row.names, current_language(), house.default_language)) for row in lists(house.id)]
    form["lists"].choices = names
    fields = queries.offered_fields(house.id)
    words = Words(current_language(), house.default_language)
    form["questions"].choices = [(one.uid, words.of(one.labels)) for one in fields]
    return form


def _facts(form: EditForm, house: Brand) -> FormFacts:
    return form_facts(form, lists(house.id), queries.offered_fields(house.id), house.languages)


def _page(org: str, house: Brand, form: EditForm, row: SignupForm | None) -> str:
    return render_template(
        "signup/form.html",
        org=org,
        brand=house,
        form=_offering(form, house),
        groups=text_fields(form, TEXTS, ordered(house.languages, house.default_language)),
        row=row,
        version=queries.newest_wording(row.id).version if row else 0,
        url=public_url(house, row) if row else None,
    )
