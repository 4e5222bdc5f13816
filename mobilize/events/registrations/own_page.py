"""/g/change/<token>: somebody's own registration, seen and changed through a link that they had mailed.

The link is two days old at most. An older one offers a new one; it shows and changes nothing. So the page is public
and reads its token itself: the guard would refuse an old link.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, g, redirect, render_template, request
from werkzeug.wrappers import Response
from wtforms import RadioField, SelectChoice
from wtforms.validators import Optional

from mobilize.core import clock, tokens
from mobilize.core.db import session
from mobilize.core.errors import Conflict, Refused, TokenRefused
from mobilize.core.forms import Form
from mobilize.core.i18n import _, lazy
from mobilize.core.permissions import public
from mobilize.core.security_events import note_token
from mobilize.core.whole_numbers import IntegerField
from mobilize.events import showing
from mobilize.events.models import Attendance, Event
from mobilize.events.registrations import changing, service
from mobilize.events.registrations.answers import questions_of
from mobilize.events.registrations.changing import OwnChanges, is_changeable, largest_party
from mobilize.events.registrations.forms import entry_field
from mobilize.events.registrations.models import EntryChoice, Registration
from mobilize.events.registrations.purposes import CHANGE
from mobilize.events.registrations.rules import choices
from mobilize.events.registrations.tickets import known_ticket
from mobilize.events.registrations.words import WHERE
from mobilize.organisations.queries import Brand, brand
from mobilize.questions.forms import Words, answer_values, answers_of, question_fields, with_questions
from mobilize.questions.queries import answers_of as kept_answers
from mobilize.questions.rules import Asked, Value
from mobilize.visitors.language import speak, with_language

blueprint = Blueprint("own_registration", __name__)

Page = str | tuple[str, int]


class ChangeForm(Form):
    """What somebody can change; a field for each question is added."""

    attendance = RadioField(lazy("How will you take part?"), choices=[], validate_choice=False)
    party = IntegerField(
        lazy("For how many people?"),
        [Optional()],
        description=lazy("With you. There are seats for all of you or for none. Nobody else’s name is asked."),
    )
    entry = entry_field()


@dataclass(frozen=True)
class Opened:
    """The registration that a link names; only one that is not ``expired`` shows and changes it."""

    row: Registration
    event: Event
    house: Brand
    language: str
    expired: bool
    asked: list[Asked]
    kept: dict[int, Value]


@blueprint.get("/g/change/<token>")
@public
def show(token: str) -> Page:
    """What somebody registered with, or the way to a fresh link."""
    opened = _opened(token)
    return _page(opened, _form(opened, is_posted=False)) if opened else _unknown()


@blueprint.post("/g/change/<token>")
@public
def change(token: str) -> Response | Page:
    """Save, cancel the registration, or mail a fresh link, by the button that was pressed."""
    opened = _opened(token)
    if opened is None:
        return _unknown()
    pressed, form = request.form.get("press", ""), _form(opened, is_posted=True)
    if opened.expired or pressed == "mail":
        return _mail(opened)
    if pressed == "remind" and Form().validate():
        opened.row.quiet_since = None
        return redirect(with_language(request.path, saved="yes"), code=303)
    if pressed == "leave" and Form().validate():
        service.leave(opened.row, opened.event)
        return redirect(with_language(request.path), code=303)
    return _save(opened, form)


def _save(opened: Opened, form: Any) -> Response | Page:
    given = answers_of(form, opened.asked, opened.kept) if form.validate() else {}
    attendance = _attendance(opened, form)
    if form.errors or attendance is None:
        return _page(opened, form), 422
    wanted = OwnChanges(attendance, EntryChoice(form.entry.data), given, form.party.data)
    try:
        changing.change(opened.row, opened.event, wanted)
    except Refused as refusal:
        form.refuse(refusal)
        return _page(opened, form), 422
    except Conflict as conflict:
        form.form_errors.append(conflict.message)
        return _page(opened, form), 409
    return redirect(with_language(request.path, saved="yes"), code=303)


def _attendance(opened: Opened, form: Any) -> Attendance | None:
    """How somebody wants to take part; without a choice it stays as it is."""
    offered = choices(opened.event)
    if len(offered) < 2:
        return opened.row.attendance
    chosen = next((one for one in offered if one.value == form.attendance.data), None)
    if chosen is None:
        form.refuse(Refused("attendance", _("Choose one")))
    return chosen


def _mail(opened: Opened) -> Response:
    if Form().validate():
        changing.mail_change_link(opened.row)
    return redirect(with_language(request.path, mailed="yes"), code=303)


def _opened(token: str) -> Opened | None:
    """None: not a link of ours, or the registration is forgotten."""
    found = _read(token)
    row = session.get(Registration, found[0]) if found else None
    if found is None or row is None:
        return None
    event = session.get_one(Event, row.event_id)
    house = brand(event.organisation_id)
    g.organisation = house
    language = speak(house, row.language)
    asked = questions_of(event.id)
    return Opened(row, event, house, language, found[1], asked, kept_answers(row.recipient_id, asked))


def _read(token: str) -> tuple[int, bool] | None:
    """Whose registration it is, and whether the link is too old."""
    try:
        ids, is_expired = tokens.read_of_any_age(CHANGE, token)
    except TokenRefused as refusal:
        note_token(refusal, request.endpoint)
        return None
    return ids[0], is_expired


def _form(opened: Opened, *, is_posted: bool) -> Any:
    words = Words(opened.language, opened.house.default_language)
    made = with_questions(ChangeForm, opened.asked, words, kept=opened.kept)
    known = {
        "attendance": opened.row.attendance.value,
        "entry": opened.row.entry.value,
        "party": opened.row.party,
        **answer_values(opened.asked, opened.kept),
    }
    form = made(data=known) if is_posted else made(formdata=None, data=known)
    offered = choices(opened.event)
    form.attendance.choices = [SelectChoice(one.value, WHERE[one]) for one in offered if len(offered) > 1]
    return form


def _page(opened: Opened, form: Any) -> str:
    return render_template(
        "events/registration_change.html",
        organisation=opened.house,
        opened=opened,
        event=opened.event,
        form=form,
        fields=question_fields(form, opened.asked),
        showing=showing,
        ticket=_ticket(opened),
        largest_party=largest_party(opened.row, opened.event),
        is_changeable=is_changeable(opened.row, opened.event),
        banner=showing.banner(opened.event, opened.house, clock.now()),
    )


def _ticket(opened: Opened) -> str:
    """The code that was mailed; a page never makes one."""
    has_one = opened.row.attendance is not Attendance.ONLINE and not opened.expired
    return known_ticket(opened.row, opened.event) if has_one else ""


def _unknown() -> Page:
    return render_template("events/registration_unknown.html", organisation=None), 404
