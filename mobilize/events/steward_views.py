"""Staff pages of stewards: the events that one sees to, and, for owners, who sees to an event."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response
from wtforms import SelectChoice, SelectField

from mobilize.core.errors import NotAllowed
from mobilize.core.forms import Form
from mobilize.core.i18n import _, lazy
from mobilize.core.permissions import member, organisation, requires
from mobilize.core.text_fields import REQUIRED
from mobilize.events import showing, stewards
from mobilize.events.models import Event
from mobilize.events.queries import event_by_slug
from mobilize.organisations.queries import brand

blueprint = Blueprint("stewards", __name__, url_prefix="/studio/<org>")

Page = str | tuple[str, int]
_EVENT = "/calendar/<event_slug>/registrations/stewards"


class StewardForm(Form):
    """One more steward."""

    steward = SelectField(lazy("Colleague"), [REQUIRED])


@blueprint.get("/stewarding")
@requires("steward.read")
def mine(org: str) -> str:
    """The events whose steward one is."""
    found = stewards.events_of(organisation().id, member().user_id)
    return render_template(
        "events/stewarding.html", org=org, brand=brand(organisation().id), found=found, showing=showing
    )


@blueprint.get(_EVENT)
@requires("stewards.change")
def index(org: str, event_slug: str) -> str:
    """Who sees to an event."""
    event = _event(event_slug)
    return _page(org, event, _form(event))


@blueprint.post(_EVENT)
@requires("stewards.change")
def name(org: str, event_slug: str) -> Response | Page:
    """Let a colleague see to it."""
    event = _event(event_slug)
    form = _form(event)
    if form.validate():
        with form.refusals():
            stewards.name_steward(event, form.steward.data)
            flash(_("The steward is named"))
            return redirect(url_for(".index", org=org, event_slug=event_slug), code=303)
    return _page(org, event, form), 422


@blueprint.post(f"{_EVENT}/<steward_uid>/dismiss")
@requires("stewards.change")
def dismiss(org: str, event_slug: str, steward_uid: str) -> Response:
    """They see nothing of it any more."""
    event = _event(event_slug)
    if not Form().validate():
        raise NotAllowed(_("This page was open for too long. Go back and try again"))
    stewards.dismiss(event, steward_uid)
    flash(_("They are no steward of this event any more"))
    return redirect(url_for(".index", org=org, event_slug=event_slug), code=303)


def _event(event_slug: str) -> Event:
    return event_by_slug(organisation().id, event_slug)


def _form(event: Event) -> StewardForm:
    form = StewardForm()
    form.steward.choices = [SelectChoice(one.uid, one.name or one.email) for one in stewards.candidates(event)]
    return form


def _page(org: str, event: Event, form: StewardForm) -> str:
    return render_template(
        "events/stewards.html",
        org=org,
        brand=brand(organisation().id),
        row=event,
        found=stewards.stewards(event),
        form=form,
        press=Form(formdata=None),
    )
