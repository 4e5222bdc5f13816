"""/studio/<org>/rules: everything that goes out by itself: when, what, to how many and why; what was missed and why."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, render_template

from mobilize.core import clock
from mobilize.core.permissions import organisation, requires
from mobilize.mailings.home_queries import upcoming
from mobilize.organisations.queries import brand
from mobilize.schedules import queries, showing
from mobilize.schedules.models import OccurrenceState

blueprint = Blueprint("outgoing_calendar", __name__, url_prefix="/studio/<org>/rules")

LATELY = timedelta(days=30)


@blueprint.get("")
@requires("rule.read")
def index(org: str) -> str:
    """What is planned, the soonest first; then what waits for a date; then what the last month brought."""
    house, now = brand(organisation().id), clock.now()
    planned = [one for one in queries.planned(house.id, queries.all_rules(house.id)) if one.rule.armed_at]
    due = [one for one in planned if one.due_at is not None and not one.is_done]
    past = queries.past(house.id, now - LATELY)
    return render_template(
        "schedules/outgoing.html",
        org=org,
        brand=house,
        due=due,
        waiting=[one for one in planned if one.due_at is None],
        mailings=upcoming(house.id),
        missed=[one for one in past if one.occurrence.state is not OccurrenceState.SENT],
        sent=[one for one in past if one.occurrence.state is OccurrenceState.SENT],
        showing=showing,
        now=now,
    )
