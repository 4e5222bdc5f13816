"""/studio/<org>/calendar/<event>/registrations/waiting: who waits for a seat, in order, and who is passed over."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from mobilize.core import clock
from mobilize.core.permissions import organisation, requires
from mobilize.events.queries import event_by_slug
from mobilize.events.registrations import waiting_list, words
from mobilize.events.registrations.queries import PAGE, form_of
from mobilize.events.registrations.rules import no_offers
from mobilize.events.registrations.seats import free_seats
from mobilize.organisations.queries import brand

blueprint = Blueprint("waiting_list", __name__, url_prefix="/studio/<org>/calendar/<event_slug>/registrations/waiting")


@blueprint.get("")
@requires("registrations.list")
def index(org: str, event_slug: str) -> str:
    """Whom seats are offered to now, then who waits."""
    event, now = event_by_slug(organisation().id, event_slug), clock.now()
    form, after = form_of(event.id), request.args.get("after", "")
    people = waiting_list.in_line(event, form, after=after) if form is not None else []
    stopped = no_offers(event, form, now)
    return render_template(
        "events/waiting_list.html",
        org=org,
        brand=brand(event.organisation_id),
        row=event,
        form=form,
        offers=waiting_list.with_offers(event.id) if not after else [],
        people=people[:PAGE],
        next_after=people[PAGE - 1].who.row.uid if len(people) > PAGE else "",
        free=free_seats(event, form, now) if form is not None else 0,
        stopped=words.NO_OFFERS[stopped] if stopped is not None else "",
        words=words,
    )
