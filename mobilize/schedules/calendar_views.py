"""/studio/<org>/rules: everything that goes out by itself: when, what, to how many and why; what was missed and why.

As an agenda, as a month, and as a feed for one's own calendar program.
"""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from mobilize.core import clock
from mobilize.core.errors import NotAllowed
from mobilize.core.forms import Form
from mobilize.core.i18n import _, show_city
from mobilize.core.links import token_url
from mobilize.core.months import Month, MonthEntry, by_day
from mobilize.core.permissions import member, organisation, requires
from mobilize.core.show_when import show_day, show_time
from mobilize.core.when import first_instant
from mobilize.organisations.queries import brand
from mobilize.schedules import feeds, queries, showing
from mobilize.schedules.change_views import url_to_move
from mobilize.schedules.models import OccurrenceState
from mobilize.schedules.outgoing import Outgoing, between, planned
from mobilize.schedules.purposes import FEED

blueprint = Blueprint("outgoing_calendar", __name__, url_prefix="/studio/<org>/rules")

LATELY = timedelta(days=30)


@blueprint.get("")
@requires("rule.read")
def index(org: str) -> str:
    """What is planned, the soonest first; then what waits for a date; then what the last month brought."""
    house, now = brand(organisation().id), clock.now()
    found = queries.planned(house.id, queries.all_rules(house.id))
    past = queries.past(house.id, now - LATELY)
    return render_template(
        "schedules/outgoing.html",
        org=org,
        brand=house,
        due=planned(house),
        waiting=[one for one in found if one.rule.armed_at and one.due_at is None],
        missed=[one for one in past if one.occurrence.state is not OccurrenceState.SENT],
        sent=[one for one in past if one.occurrence.state is OccurrenceState.SENT],
        showing=showing,
        change_url=lambda one: _change_url(org, one),
        views=_views(org),
    )


@blueprint.get("/month")
@requires("rule.read")
def month(org: str) -> str:
    """A month of what goes out and went out, this one unless ``?month=2024-02`` asks for another."""
    house = brand(organisation().id)
    today = clock.now().astimezone(ZoneInfo(house.timezone)).date()
    wanted = Month.asked(request.args.get("month", ""), today)
    first, last = wanted.span
    # Local days reach up to fourteen hours over those of the organisation's zone.
    found = between(
        house, first_instant(first - timedelta(days=1), "UTC"), first_instant(last + timedelta(days=2), "UTC")
    )
    page = wanted.page(today, by_day(map(_in_month, found)))
    ahead = [one for one in found if first <= _day(one) <= last]
    return render_template(
        "schedules/outgoing_month.html",
        org=org,
        brand=house,
        page=page,
        found=ahead,
        change_url=lambda one: _change_url(org, one),
        views=_views(org),
    )


@blueprint.get("/feed")
@requires("rule.feed")
def feed(org: str) -> str:
    """The link for one's own calendar program."""
    row = feeds.link_of(organisation().id, member().user_id)
    return render_template(
        "schedules/feed.html",
        org=org,
        brand=brand(organisation().id),
        address=token_url(FEED, row.id) if row is not None else "",
        made_at=row.created_at if row is not None else None,
        press=Form(formdata=None),
        views=_views(org),
    )


@blueprint.post("/feed")
@requires("rule.feed")
def make_feed(org: str) -> Response:
    """Make one's own link."""
    _require_ours()
    feeds.make_link(organisation().id, member().user_id)
    flash(_("The link is made"))
    return redirect(url_for(".feed", org=org), code=303)


@blueprint.post("/feed/revoke")
@requires("rule.feed")
def revoke_feed(org: str) -> Response:
    """End one's own link."""
    _require_ours()
    feeds.revoke_links(organisation().id, member().user_id)
    flash(_("The link is ended"))
    return redirect(url_for(".feed", org=org), code=303)


def _require_ours() -> None:
    if not Form().validate():
        raise NotAllowed(_("This page was open for too long. Go back and try again"))


def _views(org: str) -> list[tuple[str, str, str]]:
    """Endpoint, words and address of each way to look at it."""
    ways = [("index", _("Agenda")), ("month", _("Month"))]
    ways += [("feed", _("In your calendar"))] if member().may("rule.feed") else []
    return [(f"{blueprint.name}.{name}", words, url_for(f".{name}", org=org)) for name, words in ways]


def _change_url(org: str, one: Outgoing) -> str:
    """Where its moment is changed; empty for who may not, and for what has been."""
    if one.people is None:
        return ""
    if one.thing is None:
        return f"{one.path}/send" if member().may("mailing.send") else ""
    return url_to_move(org, one.thing) if member().may("event.change") else ""


def _day(one: Outgoing) -> date:
    return one.at.astimezone(ZoneInfo(one.zone)).date()


def _in_month(one: Outgoing) -> tuple[date, MonthEntry]:
    day = _day(one)
    before = f"{show_day(day)}, {show_city(one.zone)}: "
    text = f"{show_time(one.at, one.zone)} {one.name}"
    return day, MonthEntry(text, one.path, one.tone, before, f", {one.state_words}")
