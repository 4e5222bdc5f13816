"""A fair's public page with its form, and the page that confirms a registration."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template
from werkzeug.wrappers import Response

from mobilize.core.forms import Form
from mobilize.core.permissions import link, public, requires
from mobilize.core.text import mail_address
from mobilize.organisations.queries import brand_by_slug
from mobilize.questions.forms import Words, answers_of, question_fields, with_questions
from mobilize.questions.pending import to_pending
from mobilize.questions.queries import questions
from mobilize.visitors.language import speak
from mobilize.visitors.limits import POSTS_AN_HOUR, count_client, may_mail
from tests.toy import service
from tests.toy.forms import RegisterForm
from tests.toy.queries import fair_by_slug, registered
from tests.toy.rules import Registering, questions_of

blueprint = Blueprint("fairs_public", __name__, template_folder="templates")


@blueprint.get("/<org>/fairs/<slug>")
@public
def show(org: str, slug: str) -> str:
    return _page(org, slug)


@blueprint.post("/<org>/fairs/<slug>")
@public
def register(org: str, slug: str) -> str | tuple[str, int]:
    """The same answer for every address; the link in the mail does the rest."""
    count_client("fairs.client", POSTS_AN_HOUR)
    house = brand_by_slug(org)
    fair, language = fair_by_slug(house.id, slug), speak(house)
    asked = questions(questions_of(fair.id))
    form = with_questions(RegisterForm, asked, Words(language, house.default_language))()
    answers = to_pending(asked, answers_of(form, asked)) if form.validate() else []
    if form.errors:
        return _page(org, slug, form), 422
    address = mail_address("email", form.email.data)
    if may_mail(address, house.uid):
        service.ask(fair, house, address, Registering(form.guests.data, answers), language)
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


def _page(org: str, slug: str, form: RegisterForm | None = None) -> str:
    house = brand_by_slug(org)
    words = Words(speak(house), house.default_language)
    fair = fair_by_slug(house.id, slug)
    asked = questions(questions_of(fair.id))
    shown = form or with_questions(RegisterForm, asked, words)(formdata=None)
    people, fields = registered(fair.id), question_fields(shown, asked)
    return render_template("fairs/fair.html", organisation=house, fair=fair, people=people, form=shown, fields=fields)
