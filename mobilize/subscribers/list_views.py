"""Staff pages of lists: what they are called in each language, and whether the public sees them."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from mobilize.core.edit_forms import saved_redirect
from mobilize.core.forms import Form
from mobilize.core.i18n import _
from mobilize.core.permissions import organisation, requires
from mobilize.core.text_fields import AnyForm, ordered, text_fields, text_values, texts_of, with_texts
from mobilize.organisations.queries import brand
from mobilize.subscribers import queries, service
from mobilize.subscribers.forms import ChangeListForm, ListForm
from mobilize.subscribers.models import MailingList

blueprint = Blueprint("lists", __name__, url_prefix="/studio/<org>/people/lists")

Page = str | tuple[str, int]


@blueprint.get("")
@requires("people.read")
def index(org: str) -> str:
    """Every list with how many people are on it."""
    rows, counts = queries.lists(organisation().id), queries.list_counts(organisation().id)
    return render_template("subscribers/lists.html", org=org, rows=rows, counts=counts, brand=brand(organisation().id))


@blueprint.get("/new")
@requires("lists.change")
def new_list(org: str) -> str:
    """An empty list form."""
    return _list_page(org, _list_form(ListForm)(formdata=None, data={"is_public": True}), None)


@blueprint.post("/new")
@requires("lists.change")
def create_list(org: str) -> Response | Page:
    """Make a list."""
    form = _list_form(ListForm)()
    if form.validate():
        with form.refusals(conflicts="slug"):
            names, about = _list_texts(form)
            service.create_list(organisation().id, form.slug.data or "", names, about, is_public=form.is_public.data)
            flash(_("The list is made"))
            return redirect(url_for(".index", org=org), code=303)
    return _list_page(org, form, None), 422


@blueprint.get("/<list_slug>")
@requires("lists.change")
def edit_list(org: str, list_slug: str) -> str:
    """A list's texts and reach."""
    row = queries.list_by_slug(organisation().id, list_slug)
    return _list_page(org, _change_form(row, is_posted=False), row)


@blueprint.post("/<list_slug>")
@requires("lists.change")
def change_list(org: str, list_slug: str) -> Response | Page:
    """Change a list."""
    row = queries.list_by_slug(organisation().id, list_slug)
    form = _change_form(row, is_posted=True)
    if form.is_untouched:
        return saved_redirect(url_for(".index", org=org))
    if form.validate():
        with form.refusals():
            names, about = _list_texts(form)
            service.change_list(row, names, about, is_public=form.is_public.data)
            flash(_("Saved"))
            return saved_redirect(url_for(".index", org=org))
    return _list_page(org, form, row), 422


def _languages() -> list[str]:
    house = brand(organisation().id)
    return ordered(house.languages, house.default_language)


def _list_form(kind: type[AnyForm]) -> type[AnyForm]:
    texts = {"names": (_("Name"), 100), "descriptions": (_("Description"), 400)}
    return with_texts(kind, _languages(), texts, required="names")


def _change_form(row: MailingList, *, is_posted: bool) -> ChangeListForm:
    texts = {
        **text_values("names", row.names, _languages()),
        **text_values("descriptions", row.descriptions, _languages()),
    }
    return _list_form(ChangeListForm).of({**texts, "is_public": row.is_public}, is_posted=is_posted)


def _list_texts(form: Form) -> tuple[dict[str, str], dict[str, str]]:
    return texts_of(form, "names", _languages()), texts_of(form, "descriptions", _languages())


def _list_page(org: str, form: Form, row: MailingList | None) -> str:
    groups = text_fields(form, ("names", "descriptions"), _languages())
    return render_template("subscribers/list.html", org=org, form=form, groups=groups, row=row)
