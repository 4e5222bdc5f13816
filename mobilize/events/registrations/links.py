"""The pages behind mailed links: /r/<token> confirms a registration, /g/<token> leaves it or mails a link to change it.

The guard reads the token; a link that is too old or none of ours never comes here. A GET shows what the button will
do; only the button does it. Neither page shows an address or a name: a link may have been forwarded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import Blueprint, abort, g, redirect, render_template, request
from werkzeug.wrappers import Response

from mobilize.core import clock
from mobilize.core.db import session
from mobilize.core.errors import Conflict
from mobilize.core.forms import Form
from mobilize.core.permissions import link, requires
from mobilize.events import showing
from mobilize.events.models import Attendance, Event
from mobilize.events.registrations import changing, offers, service
from mobilize.events.registrations.asking import KIND
from mobilize.events.registrations.models import Registration, RegistrationState
from mobilize.events.registrations.queries import registration_of
from mobilize.events.registrations.reminders import stop_reminders, want_reminders
from mobilize.events.registrations.rules import WAITS, choices
from mobilize.events.registrations.waiting_list import can_take_now, position
from mobilize.events.registrations.words import party_words
from mobilize.events.rules import is_ahead
from mobilize.organisations.queries import Brand, brand
from mobilize.visitors import requests
from mobilize.visitors.language import speak, with_language
from mobilize.visitors.models import VisitorRequest
from mobilize.visitors.undoing import may_undo

blueprint = Blueprint("registration_links", __name__)

Page = str | tuple[str, int]
ACTS: Mapping[str, Callable[[Registration, Event], None]] = {
    "": service.leave,
    "leave": service.leave,
    "accept": offers.accept,
    "stream": offers.take_stream,
    "quiet": stop_reminders,
    "remind": want_reminders,
}


@dataclass(frozen=True)
class Line:
    """What somebody who waits sees: their position from 1 (0 while a seat is offered), and what they can do."""

    position: int
    can_take: bool
    can_stream: bool
    party: str


@blueprint.get("/r/<token>")
@requires("registration.confirm")
def show(token: str) -> Page:  # noqa: ARG001 - the guard has read it
    """What will be confirmed, or that it was."""
    waiting = _request()
    return _confirming(waiting, Form(formdata=None)) if waiting is not None else _forgotten()


@blueprint.post("/r/<token>")
@requires("registration.confirm")
def confirm(token: str) -> Response | Page:  # noqa: ARG001 - the guard has read it
    """Register; pressing again changes nothing."""
    waiting, form = _request(), Form()
    if waiting is None:
        return _forgotten()
    if form.validate():
        try:
            service.confirm(waiting.id)
        except Conflict as conflict:
            form.form_errors.append(conflict.message)
        else:
            return redirect(with_language(request.path), code=303)
    return _confirming(waiting, form)


@blueprint.get("/g/<token>")
@requires("registration.own")
def own(token: str) -> Page:  # noqa: ARG001 - the guard has read it
    """Which event somebody is registered for or waits for, and buttons to leave it or take what is offered."""
    row = _registration()
    return _leaving(row, Form(formdata=None)) if row is not None else _forgotten()


@blueprint.post("/g/<token>")
@requires("registration.own")
def leave(token: str) -> Response | Page:  # noqa: ARG001 - the guard has read it
    """Do what the button says; pressed again, it changes nothing. Without a name it leaves; an unknown one is refused.

    The others take a seat, take part online instead of waiting, stop reminders or want them again, or have a link
    mailed that changes the registration.
    """
    row, form = _registration(), Form()
    if row is None:
        return _forgotten()
    if not form.validate():
        return _leaving(row, form)
    pressed = request.form.get("press", "")
    if pressed == "mail":
        changing.mail_change_link(row)
        return redirect(with_language(request.path, mailed="yes"), code=303)
    if pressed not in ACTS:
        abort(400)
    try:
        ACTS[pressed](row, session.get_one(Event, row.event_id))
    except Conflict as conflict:
        form.form_errors.append(conflict.message)
        return _leaving(row, form)
    return redirect(with_language(request.path), code=303)


def _request() -> VisitorRequest | None:
    return requests.find(KIND, link().ids[0])


def _registration() -> Registration | None:
    return session.get(Registration, link().ids[0])


def _confirming(waiting: VisitorRequest, form: Form) -> Page:
    event = session.get_one(Event, waiting.subject_id)
    house = _speaking(event, waiting.language)
    row = registration_of(event.id, waiting.recipient_id)
    page = render_template(
        "events/registration_confirm.html",
        organisation=house,
        event=event,
        form=form,
        showing=showing,
        is_registered=row is not None and row.state is RegistrationState.REGISTERED,
        place_in_line=position(row) if row is not None and row.state is RegistrationState.WAITING else 0,
        banner=showing.banner(event, house, clock.now()),
        has_ended=waiting.confirmed_at is not None,
    )
    return (page, 409) if form.errors else page


def _leaving(row: Registration, form: Form) -> Page:
    event = session.get_one(Event, row.event_id)
    house = _speaking(event, row.language)
    page = render_template(
        "events/registration_own.html",
        organisation=house,
        event=event,
        row=row,
        line=_line(row, event) if row.state in WAITS else None,
        is_ahead=is_ahead(event, clock.now()),
        may_undo=may_undo(row.quiet_since),
        form=form,
        showing=showing,
        banner=showing.banner(event, house, clock.now()),
    )
    return (page, 409 if form.form_errors else 422) if form.errors else page


def _line(row: Registration, event: Event) -> Line:
    return Line(
        position=position(row) if row.state is RegistrationState.WAITING else 0,
        can_take=can_take_now(row, event),
        can_stream=Attendance.ONLINE in choices(event),
        party=party_words(row.party),
    )


def _speaking(event: Event, language: str) -> Brand:
    house = brand(event.organisation_id)
    g.organisation = house
    speak(house, language)
    return house


def _forgotten() -> Page:
    """The link is ours, but its rows have ended with their retention."""
    return render_template("events/registration_unknown.html", organisation=None), 404
