"""Staff pages of an event's door: its links, and how many came."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response
from wtforms import StringField

from mobilize.core import clock
from mobilize.core.errors import NotAllowed
from mobilize.core.forms import Form
from mobilize.core.i18n import _, lazy
from mobilize.core.links import token_url
from mobilize.core.permissions import organisation, requires
from mobilize.core.text_fields import REQUIRED
from mobilize.events.door import queries, service
from mobilize.events.door.purposes import DOOR
from mobilize.events.door.rules import is_open
from mobilize.events.models import Event
from mobilize.events.queries import event_by_slug
from mobilize.events.registrations.models import DoorLink
from mobilize.organisations.queries import brand

blueprint = Blueprint("doors", __name__, url_prefix="/studio/<org>/calendar/<event_slug>/registrations/door")

Page = str | tuple[str, int]


class LinkForm(Form):
    """A further link."""

    label = StringField(
        lazy("Who or where is it for?"), [REQUIRED], description=lazy("For example “Main entrance”. Only staff see it.")
    )


@blueprint.get("")
@requires("registrations.door")
def index(org: str, event_slug: str) -> str:
    """The links, and how many came."""
    return _page(org, _event(event_slug), LinkForm(formdata=None))


@blueprint.post("")
@requires("registrations.door")
def make(org: str, event_slug: str) -> Response | Page:
    """Make a link."""
    event, form = _event(event_slug), LinkForm()
    if form.validate():
        with form.refusals():
            service.make_link(event, form.label.data or "")
            flash(_("The link is made"))
            return redirect(url_for(".index", org=org, event_slug=event_slug), code=303)
    return _page(org, event, form), 422


@blueprint.post("/<link_uid>/revoke")
@requires("registrations.door")
def revoke(org: str, event_slug: str, link_uid: str) -> Response:
    """End a link."""
    event = _event(event_slug)
    if not Form().validate():
        raise NotAllowed(_("This page was open for too long. Go back and try again"))
    service.revoke_link(event, queries.door_link(event.id, link_uid))
    flash(_("The link is ended"))
    return redirect(url_for(".index", org=org, event_slug=event_slug), code=303)


def _event(event_slug: str) -> Event:
    return event_by_slug(organisation().id, event_slug)


def _page(org: str, event: Event, form: LinkForm) -> str:
    def address(row: DoorLink) -> str:
        return token_url(DOOR, row.id) if is_open(event, row.revoked_at, clock.now()) else ""

    return render_template(
        "events/doors.html",
        org=org,
        brand=brand(organisation().id),
        row=event,
        doors=[(one, address(one)) for one in queries.door_links(event.id)],
        counts=queries.counts(event.id),
        form=form,
        press=Form(formdata=None),
    )
