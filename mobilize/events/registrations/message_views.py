"""Staff pages of messages to the people of an event: what was sent, writing one, checking it, sending it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import HiddenField, RadioField, SelectChoice

from mobilize.core.db import new_uid
from mobilize.core.errors import Conflict, Refused
from mobilize.core.forms import Form
from mobilize.core.i18n import LANGUAGES, _, lazy
from mobilize.core.permissions import organisation, requires
from mobilize.core.text_fields import REQUIRED, text_fields, texts_of, with_texts
from mobilize.events.models import Event
from mobilize.events.queries import event_by_slug
from mobilize.events.registrations import messages
from mobilize.events.registrations.messages import SUBJECT_LENGTH, TEXT_LENGTH, Draft
from mobilize.events.registrations.models import Addressed
from mobilize.events.registrations.words import ADDRESSED
from mobilize.events.views import languages_of
from mobilize.organisations.queries import Brand, brand

blueprint = Blueprint(
    "registrant_messages", __name__, url_prefix="/studio/<org>/calendar/<event_slug>/registrations/messages"
)

Page = str | tuple[str, int]

_TEXTS = ("subjects", "texts")


class MessageForm(Form):
    """A message; its words are added by language. ``seen`` and ``once`` are set by the page that shows it checked."""

    addressed = RadioField(lazy("Who gets it?"), [REQUIRED], default=Addressed.ALL.value)
    seen = HiddenField()
    once = HiddenField()


@blueprint.get("")
@requires("registrations.message")
def index(org: str, event_slug: str) -> str:
    """What was sent, and what became of it."""
    house, event = _event(event_slug)
    return render_template(
        "events/messages.html",
        org=org,
        brand=house,
        row=event,
        sent=messages.sent(event.id),
        addressed=ADDRESSED,
    )


@blueprint.get("/new")
@requires("registrations.message")
def new(org: str, event_slug: str) -> str:
    """A message with nothing in it yet."""
    house, event = _event(event_slug)
    return _page(org, house, event, _form(house))


@blueprint.post("/new")
@requires("registrations.message")
def send(org: str, event_slug: str) -> Response | Page:
    """Show a message as it would be sent and to how many; with the second button, send it."""
    house, event = _event(event_slug)
    form = _form(house)
    if not form.validate():
        return _page(org, house, event, form), 422
    draft = Draft(Addressed(form.addressed.data), *(texts_of(form, name, languages_of(house)) for name in _TEXTS))
    try:
        if request.form.get("press") == "send":
            seen = form.seen.data if (form.seen.data or "").isdecimal() else "0"
            messages.send(event, house, draft, seen=int(seen[:9]), once=form.once.data or "")
            flash(_("The message is on its way"))
            return redirect(url_for(".index", org=org, event_slug=event_slug), code=303)
        checked = messages.checked(draft, house.default_language)
    except Refused as refusal:
        form.refuse(refusal)
        return _page(org, house, event, form), 422
    except Conflict as conflict:
        form.form_errors.append(conflict.message)
        return _page(org, house, event, form, draft), 409
    return _page(org, house, event, form, checked)


def _event(event_slug: str) -> tuple[Brand, Event]:
    house = brand(organisation().id)
    return house, event_by_slug(house.id, event_slug)


def _form(house: Brand) -> Any:
    texts = {"subjects": (_("Subject"), SUBJECT_LENGTH), "texts": (_("Text"), TEXT_LENGTH)}
    form = with_texts(MessageForm, languages_of(house), texts, required="subjects")()
    form.addressed.choices = [SelectChoice(one.value, str(words)) for one, words in ADDRESSED.items()]
    return form


def _page(org: str, house: Brand, event: Event, form: Any, checked: Draft | None = None) -> str:
    """The form; below it, once it is ``checked``, what would be sent, with the number of people and the button."""
    count = messages.people_count(event.id, checked.addressed) if checked is not None else 0
    if checked is not None:
        form.seen.data, form.once.data = str(count), form.once.data or new_uid()
    return render_template(
        "events/message_new.html",
        org=org,
        brand=house,
        row=event,
        form=form,
        groups=text_fields(form, _TEXTS, languages_of(house)),
        checked=checked,
        count=count,
        languages=LANGUAGES,
        addressed=ADDRESSED,
    )
