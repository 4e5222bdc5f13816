"""/c/<token>: the second step of double opt-in. A GET shows what the press will do; only the press does it.

Public, and reads its token itself: a link that is too old still gets a page of its organisation, where the guard would
answer with an error that knows none.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from mobilize.core import tokens
from mobilize.core.db import session
from mobilize.core.errors import NotFound, TokenRefused
from mobilize.core.forms import Form
from mobilize.core.i18n import text_in
from mobilize.core.permissions import public
from mobilize.core.security_events import note_token
from mobilize.delivery.models import Recipient
from mobilize.organisations.queries import Brand, brand
from mobilize.signup import service
from mobilize.signup.asking import KIND, asked_for
from mobilize.signup.models import SignupForm
from mobilize.signup.purposes import CONFIRM
from mobilize.subscribers.queries import left_since, lists_by_id, withdrew_since
from mobilize.visitors import requests
from mobilize.visitors.language import speak, with_language
from mobilize.visitors.models import VisitorRequest

blueprint = Blueprint("confirmation", __name__)


@dataclass(frozen=True)
class Opened:
    """What a link leads to; ``request`` is ``None`` once it does not work any more."""

    organisation: Brand
    request: VisitorRequest | None
    language: str
    left_since: bool = False
    """They unsubscribed after asking: an older link, which may have been forwarded, does not bring them back."""


@blueprint.get("/c/<token>")
@public
def show(token: str) -> str | tuple[str, int]:
    """What will be confirmed, or that it was; changes nothing."""
    opened = _opened(token)
    return _page(opened, Form(formdata=None)) if opened else _spoilt()


@blueprint.post("/c/<token>")
@public
def confirm(token: str) -> Response | str | tuple[str, int]:
    """Confirm; pressing again changes nothing."""
    opened = _opened(token)
    if opened is None:
        return _spoilt()
    form = Form()
    if opened.request is None or not form.validate():
        return _page(opened, form)
    service.confirm(opened.request.id)
    return redirect(with_language(request.path), code=303)


def _opened(token: str) -> Opened | None:
    """``None`` for a link that is not ours; an expired one still knows its organisation."""
    try:
        (request_id, organisation_id), is_expired = tokens.read_of_any_age(CONFIRM, token)
    except TokenRefused as refusal:
        note_token(refusal, request.endpoint)
        return None
    found = None if is_expired else requests.find(KIND, request_id)
    try:
        organisation = brand(organisation_id)
    except NotFound:
        return None
    language = speak(organisation, found.language if found else "")
    if found is not None and found.confirmed_at is None and _left_since(found):
        return Opened(organisation, None, language, left_since=True)
    return Opened(organisation, found, language)


def _left_since(request: VisitorRequest) -> bool:
    recipient = session.get_one(Recipient, request.recipient_id)
    left = {list_id for list_id, _method in left_since(recipient.id, request.asked_at)}
    return withdrew_since(recipient, request.asked_at) or not left.isdisjoint(asked_for(request).list_ids)


def _page(opened: Opened, form: Form) -> str | tuple[str, int]:
    """What will be confirmed or was: the lists. The name that was typed is not shown, whoever typed it."""
    request, organisation = opened.request, opened.organisation
    if request is None:
        return render_template("signup/expired.html", organisation=organisation, left_since=opened.left_since), 404
    lists = lists_by_id(asked_for(request).list_ids, organisation.id)
    shown = {
        "organisation": organisation,
        "names": [text_in(row.names, opened.language, organisation.default_language) for row in lists],
        "ends_at": request.ends_at,
    }
    if request.confirmed_at is None:
        page = render_template("signup/confirm.html", form=form, **shown)
        return (page, 422) if form.errors else page
    thanks = session.get_one(SignupForm, request.subject_id).thanks
    return render_template(
        "signup/confirmed.html", thanks=text_in(thanks, opened.language, organisation.default_language), **shown
    )


def _spoilt() -> tuple[str, int]:
    return render_template("signup/expired.html", organisation=None, left_since=False), 404
