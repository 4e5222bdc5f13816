"""/p/<token>/data: what is held about the person who opened a fresh mailed link, to take along or to erase.

The link is the one of the page of preferences: it works for two days, and until the person unsubscribes. Any other one
leads back to that page, which offers to mail a fresh one.
"""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from mobilize.core.forms import Form
from mobilize.core.permissions import public
from mobilize.organisations.queries import brand_by_slug
from mobilize.people import service
from mobilize.people.erasing import BY_THEMSELVES, begin_erasure
from mobilize.people.queries import FoundPerson, held_about, person
from mobilize.subscribers.preferences import Opened, open_link
from mobilize.visitors.language import speak, with_language

blueprint = Blueprint("people_public", __name__)

TYPES = {service.JSON: "application/json", service.HTML: "text/html; charset=utf-8"}


@blueprint.get("/p/<token>/data")
@public
def show(token: str) -> AnyResponse | str:
    """What is held, in numbers, with the ways to have it or to be erased; changes nothing."""
    opened = open_link(token)
    return _page(opened, token, Form(formdata=None)) if opened.fresh else _back(token)


@blueprint.post("/p/<token>/data")
@public
def export(token: str) -> AnyResponse | str | tuple[str, int]:
    """Everything, as a file."""
    opened = open_link(token)
    if not opened.fresh:
        return _back(token)
    form = Form()
    if not form.validate():
        return _page(opened, token, form), 422
    kind = service.HTML if request.form.get("as") == service.HTML else service.JSON
    text = service.export_person(opened.organisation, _person(opened), kind, opened.language)
    name = f"{opened.organisation.slug}.{kind}"
    return Response(text, content_type=TYPES[kind], headers={"Content-Disposition": f'attachment; filename="{name}"'})


@blueprint.get("/p/<token>/erase")
@public
def ask(token: str) -> AnyResponse | str:
    """What erasing means; changes nothing."""
    opened = open_link(token)
    return _question(opened, token, Form(formdata=None)) if opened.fresh else _back(token)


@blueprint.post("/p/<token>/erase")
@public
def erase(token: str) -> AnyResponse | str | tuple[str, int]:
    """Erase whoever opened the link."""
    opened = open_link(token)
    if not opened.fresh:
        return _back(token)
    form = Form()
    if not form.validate():
        return _question(opened, token, form), 422
    begin_erasure(opened.organisation.id, _person(opened).recipient_ids, BY_THEMSELVES)
    return redirect(with_language(url_for(".erased", org=opened.organisation.slug)), code=303)


@blueprint.get("/<org>/erased")
@public
def erased(org: str) -> str:
    """The same for everybody who opens it."""
    organisation = brand_by_slug(org)
    speak(organisation)
    return render_template("people/erased.html", organisation=organisation)


def _person(opened: Opened) -> FoundPerson:
    return person(opened.organisation.id, opened.person.recipient.uid)


def _page(opened: Opened, token: str, form: Form) -> str:
    return render_template(
        "people/data.html",
        organisation=opened.organisation,
        opened=opened,
        token=token,
        form=form,
        sections=held_about(_person(opened)),
    )


def _question(opened: Opened, token: str, form: Form) -> str:
    return render_template(
        "people/erase_me.html", organisation=opened.organisation, opened=opened, token=token, form=form
    )


def _back(token: str) -> AnyResponse:
    return redirect(with_language(url_for("preferences.show", token=token)), code=303)
