"""/studio/<org>/calendar/<event>/undelivered: who has not been reached with the last change of an event."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from mobilize.core import feature
from mobilize.core.i18n import lazy
from mobilize.core.permissions import organisation, requires
from mobilize.delivery.models import DeliveryState
from mobilize.events import undelivered
from mobilize.events.queries import event_by_slug
from mobilize.events.registrations.queries import PAGE
from mobilize.organisations.queries import brand

blueprint = Blueprint("undelivered", __name__, url_prefix="/studio/<org>/calendar/<event_slug>/undelivered")

LONGEST_ID = 18
STATES = {
    DeliveryState.FAILED: (lazy("Failed"), "stopped"),
    DeliveryState.SUPPRESSED: (lazy("Not mailed"), "needs"),
    DeliveryState.UNKNOWN: (lazy("Unknown"), "unclear"),
    DeliveryState.DEFERRED: (lazy("Tried again later"), "going"),
}


@blueprint.get("")
@requires("registrations.read")
def index(org: str, event_slug: str) -> str:
    """A page of them, masked as on the list of registrations."""
    event = event_by_slug(organisation().id, event_slug)
    found = undelivered.not_reached(event, after=_number(request.args.get("after", "")))
    return render_template(
        "events/undelivered.html",
        org=org,
        brand=brand(event.organisation_id),
        row=event,
        people=found[:PAGE],
        next_after=found[PAGE - 1].delivery_id if len(found) > PAGE else 0,
        count=undelivered.count_not_reached(event),
        states=STATES,
        said=_said,
    )


def _number(typed: str) -> int:
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= LONGEST_ID else 0


def _said(reason: str) -> str:
    return str(feature.words("reason_words", reason)) if reason else ""
