"""The pages behind mailed links: /a/confirm/<token> confirms an act, /a/<token> acts, /a/own/<token> stops its mail.

A GET shows what the button will do; only the button does it. No page shows an address or a name: a link may have been
forwarded. The first is public and reads its token itself, so that one that is too old gets a page of its organisation;
the others go through the guard.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Blueprint, g, redirect, render_template, request
from werkzeug.wrappers import Response

from mobilize.actions import acts, forms
from mobilize.actions.acting import KIND, Asked, asked_in
from mobilize.actions.models import Act, ActionState, CallToAction
from mobilize.actions.purposes import CONFIRM
from mobilize.actions.showing import Call, call_of
from mobilize.core import tokens
from mobilize.core.db import session
from mobilize.core.errors import Conflict, NotFound, TokenRefused
from mobilize.core.forms import Form
from mobilize.core.permissions import link, public, requires
from mobilize.core.security_events import note_token
from mobilize.core.text import masked_address
from mobilize.delivery.models import Recipient
from mobilize.delivery.recipients import contact_of
from mobilize.organisations.queries import Brand, brand
from mobilize.visitors import requests
from mobilize.visitors.language import speak, with_language
from mobilize.visitors.models import VisitorRequest
from mobilize.visitors.undoing import may_undo

blueprint = Blueprint("act_links", __name__)

Page = str | tuple[str, int]
_BEFORE_ALL = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Confirming:
    """What a link to confirm leads to; ``request`` is None once it does not work any more."""

    house: Brand
    request: VisitorRequest | None


@dataclass(frozen=True)
class Person:
    """Whoever got a link to act, and what it is for."""

    call: Call
    recipient: Recipient
    has_acted: bool

    @property
    def masked(self) -> str:
        return masked_address(contact_of(self.recipient).email)

    @property
    def name(self) -> str:
        """The known name, which no page shows."""
        return contact_of(self.recipient).name


@blueprint.get("/a/confirm/<token>")
@public
def show(token: str) -> Page:
    """What will be confirmed, or that it was; changes nothing."""
    opened = _opened(token)
    return _confirming(opened, Form(formdata=None)) if opened else _spoilt()


@blueprint.post("/a/confirm/<token>")
@public
def confirm(token: str) -> Response | Page:
    """Count the act; with ``press=both`` the mail that was asked for is agreed to as well. Repeating is nothing."""
    opened, form = _opened(token), Form()
    if opened is None:
        return _spoilt()
    if opened.request is None or not form.validate():
        return _confirming(opened, form)
    try:
        acts.confirm(opened.request.id, agrees=request.form.get("press") == "both")
    except Conflict:
        return _confirming(opened, form)[0], 409
    return redirect(with_language(request.path), code=303)


@blueprint.get("/a/<token>")
@requires("action.act")
def recognised(token: str) -> str:  # noqa: ARG001 - the guard has read it
    """The call for whoever got the link: their masked address and one button; changes nothing."""
    person = _person()
    form = forms.GivenForm(formdata=None)
    return _acting(person, _asking(form, person))


@blueprint.post("/a/<token>")
@requires("action.act")
def act(token: str) -> Response | Page:  # noqa: ARG001 - the guard has read it
    """Act at once. Pressing again changes nothing."""
    person = _person(acts.held_call(link().ids[1]))
    form = _asking(forms.GivenForm(), person)
    found = forms.given(form, person.call.row, person.call.seen, person.name) if form.validate() else None
    if not person.call.is_open:
        return _acting(person, form), 409
    if found is None:
        return _acting(person, form), 422
    try:
        acts.act_from_mail(person.call, person.recipient.id, found)
    except Conflict:
        return _acting(person, form), 409
    return redirect(with_language(request.path), code=303)


@blueprint.get("/a/own/<token>")
@requires("act.own")
def own(token: str) -> str:  # noqa: ARG001 - the guard has read it
    """What somebody did, and whether mail is sent because of it; changes nothing."""
    return _own(_act(), Form(formdata=None))


@blueprint.post("/a/own/<token>")
@requires("act.own")
def change_own(token: str) -> Response | Page:  # noqa: ARG001 - the guard has read it
    """Stop mail because of this act, or want it again. Repeating is nothing."""
    row, form = _act(), Form()
    if not form.validate():
        return _own(row, form), 422
    try:
        (acts.want_mail if request.form.get("press") == "again" else acts.stop_mail)(row)
    except Conflict:
        return _own(row, form), 409
    return redirect(with_language(request.path), code=303)


def _opened(token: str) -> Confirming | None:
    """``None`` for a link that is not ours; an expired one still knows its organisation."""
    try:
        request_id, organisation_id = tokens.read(CONFIRM, token)
        found = requests.find(KIND, request_id)
    except TokenRefused as refusal:
        if not refusal.expired:
            note_token(refusal, request.endpoint)
            return None
        _request, organisation_id = tokens.read(CONFIRM, token, now=_BEFORE_ALL)
        found = None
    try:
        house = brand(organisation_id)
    except NotFound:
        return None
    _speaking(house, found.language if found else "")
    return Confirming(house, found)


def _confirming(opened: Confirming, form: Form) -> tuple[str, int]:
    waiting, house = opened.request, opened.house
    if waiting is None:
        return render_template("actions/act_expired.html", organisation=house), 404
    call = call_of(session.get_one(CallToAction, waiting.subject_id), house)
    if waiting.confirmed_at is not None:
        return _thanks(call, asked_in(waiting)), 200
    has_acted = acts.has_acted(call.row, session.get_one(Recipient, waiting.recipient_id))
    page = render_template(
        "actions/act_confirm.html",
        organisation=house,
        call=call,
        asked=asked_in(waiting),
        has_acted=has_acted,
        ends_at=waiting.ends_at,
        form=form,
    )
    return page, 422 if form.errors else 200


def _person(held: Call | None = None) -> Person:
    """Raises NotFound: the person was erased, or the call was never published."""
    recipient_id, action_id = link().ids
    recipient = session.get(Recipient, recipient_id)
    row = held.row if held else session.get(CallToAction, action_id)
    if recipient is None or recipient.erased_at is not None or row is None or row.state is ActionState.DRAFT:
        raise NotFound("action")
    house = held.house if held else brand(row.organisation_id)
    _speaking(house, recipient.language)
    return Person(held or call_of(row, house), recipient, acts.has_acted(row, recipient))


def _asking(form: forms.GivenForm, person: Person) -> forms.GivenForm:
    """The form with the fields whose values are needed and not known."""
    forms.limited(form, person.call.row)
    forms.without_known(form, person.name)
    return form


def _acting(person: Person, form: forms.GivenForm) -> str:
    call = person.call
    if person.has_acted:
        return _thanks(call)
    return render_template("actions/act_recognised.html", organisation=call.house, call=call, person=person, form=form)


def _thanks(call: Call, asked: Asked | None = None) -> str:
    following = None if call.is_grave else call.next()
    return render_template(
        "actions/act_thanks.html", organisation=call.house, call=call, asked=asked, following=following
    )


def _act() -> Act:
    """Raises NotFound: the act's person was forgotten."""
    row = session.get(Act, link().ids[0])
    if row is None or row.recipient_id is None:
        raise NotFound("act")
    return row


def _own(row: Act, form: Form) -> str:
    found = session.get_one(CallToAction, row.action_id)
    house = brand(found.organisation_id)
    _speaking(house, row.language)
    return render_template(
        "actions/act_own.html",
        organisation=house,
        call=call_of(found, house),
        row=row,
        form=form,
        may_undo=may_undo(row.quiet_since),
    )


def _speaking(house: Brand, language: str) -> None:
    g.organisation = house
    speak(house, language)


def _spoilt() -> Page:
    return render_template("actions/act_expired.html", organisation=None), 404
