"""A fair's public page with its form, and the page that confirms a registration."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template
from werkzeug.wrappers import Response

from mobilize.core.forms import Form
from mobilize.core.permissions import link, public, requires
from mobilize.core.text import mail_address
from mobilize.organisations.queries import brand_by_slug
from mobilize.visitors.language import speak
from mobilize.visitors.limits import POSTS_AN_HOUR, count_client, may_mail
from tests.toy import service
from tests.toy.forms import RegisterForm
from tests.toy.queries import fair_by_slug, registered

blueprint = Blueprint("fairs_public", __name__, template_folder="templates")


@blueprint.get("/<org>/fairs/<slug>")
@public
def show(org: str, slug: str) -> str:
    return _page(org, slug, RegisterForm(formdata=None))


@blueprint.post("/<org>/fairs/<slug>")
@public
def register(org: str, slug: str) -> str | tuple[str, int]:
    """The same answer for every address; the link in the mail does the rest."""
    count_client("fairs.client", POSTS_AN_HOUR)
    form = RegisterForm()
    if not form.validate():
        return _page(org, slug, form), 422
    house = brand_by_slug(org)
    address = mail_address("email", form.email.data)
    if may_mail(address, house.uid):
        service.ask(fair_by_slug(house.id, slug), house, address, form.guests.data, speak(house))
    return render_template("fairs/sent.html", organisation=house)


@blueprint.get("/fair/<token>")
@requires("fair.confirm")
def offer(token: str) -> str:
    return render_template("fairs/confirm.html", form=Form(formdata=None))


@blueprint.post("/fair/<token>")
@requires("fair.confirm")
def confirm(token: str) -> Response | tuple[str, int]:
    (request_id,) = link().ids
    form = Form()
    if not form.validate():
        return render_template("fairs/confirm.html", form=form), 422
    service.confirm(request_id)
    return redirect("/", code=303)


def _page(org: str, slug: str, form: RegisterForm) -> str:
    house = brand_by_slug(org)
    speak(house)
    fair = fair_by_slug(house.id, slug)
    return render_template("fairs/fair.html", organisation=house, fair=fair, people=registered(fair.id), form=form)
